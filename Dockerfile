# The service in two stages: build the wheel and its locked dependencies, then copy the environment alone.
FROM python:3.11-slim-bookworm AS build
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT=/opt/creatormix
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /src
COPY pyproject.toml uv.lock README.md ./
RUN uv sync --locked --no-dev --no-install-project
COPY app app
COPY optimizer optimizer
COPY migrations migrations
RUN uv sync --locked --no-dev --no-editable

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --create-home --home-dir /data creatormix
COPY --from=build /opt/creatormix /opt/creatormix
ENV PATH=/opt/creatormix/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    CREATORMIX_DATABASE_URL=sqlite:////data/creatormix.db
USER creatormix
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
CMD ["creatormix", "serve", "--host", "0.0.0.0", "--port", "8000"]
