# The service in two stages: install it with its locked dependencies, then copy that environment alone.
# `.ci/check-image` runs these commands without a Docker engine, `make lint` reads them with hadolint.
FROM python:3.11-slim-bookworm AS build
ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_NO_CACHE=1 \
    UV_PYTHON_DOWNLOADS=never \
    UV_PROJECT_ENVIRONMENT=/opt/creatormix
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /src
# First what changes seldom: a new version of the code reuses the layers up to here.
COPY pyproject.toml uv.lock README.md ./
RUN uv sync --quiet --locked --no-dev --extra otel --no-install-project
COPY app app
COPY optimizer optimizer
COPY migrations migrations
RUN uv sync --quiet --locked --no-dev --extra otel --no-editable \
  && find /opt/creatormix -type d \( -name tests -o -path '*/pyarrow/include' -o -path '*/pyarrow/src' \) -prune \
       -exec rm -rf {} +

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="creatormix" \
      org.opencontainers.image.description="Chooses the creators and offers of an influencer campaign exactly" \
      org.opencontainers.image.vendor="The creatormix team"
COPY --from=build /opt/creatormix /opt/creatormix
# The only place that is written to, and only where SQLite is used: the root file system may be read-only.
RUN mkdir /data && chown 10001:10001 /data
ENV PATH=/opt/creatormix/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CREATORMIX_DATABASE_URL=sqlite:////data/creatormix.db \
    CREATORMIX_HOST=0.0.0.0 \
    CREATORMIX_PORT=8000
# A number, so that an orchestrator can see that it is not root.
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --start-interval=1s \
  CMD ["python", "-Ic", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ['CREATORMIX_PORT']}/readyz\", timeout=4)"]
ENTRYPOINT ["creatormix"]
CMD ["serve"]
