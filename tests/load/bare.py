"""The least that any FastAPI service does with a brief: reads the JSON body into the model, and answers."""

from fastapi import FastAPI

from app.wire.brief import Brief

PATH = "/bare"

app = FastAPI()


@app.get("/livez")
async def livez() -> dict[str, str]:
    """Say as little as /livez of the service does."""
    return {"status": "alive"}


@app.post(PATH)
async def parse(brief: Brief) -> dict[str, int]:
    """Parse a brief and say how many candidates it has."""
    return {"candidates": len(brief.candidates)}
