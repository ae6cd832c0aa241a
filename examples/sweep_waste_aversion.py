"""How much engaged reach less waste costs: one plan per waste aversion, and a chart of them.

    make serve                                                           in one terminal
    .venv/bin/python examples/sweep_waste_aversion.py sweep.svg          in another; .png and .html work too
    .venv/bin/python examples/sweep_waste_aversion.py sweep.svg --brief brief.json --values 0 0.01 0.05

Waste aversion is how many engaged people one gives up to avoid one wasted contact. No study gives it: it is a wish, so
look at the curve and choose the point you like.
"""

import argparse
import json
from pathlib import Path

import altair as alt
from creatormix_client import Client, Json, from_environment

VALUES = [0.0, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1]


def sweep(client: Client, brief: Json, values: list[float]) -> list[Json]:
    """One row per value with a plan: what it engages, wastes and spends."""
    wish = {
        name: value
        for name, value in brief.get("objective", {}).items()
        if name not in ("cost_per_wasted_contact", "value_per_engaged_person")
    }
    rows = []
    for value in values:
        result = client.solve({**brief, "objective": {**wish, "waste_aversion": value}})["result"]
        if result is None or result["totals"] is None:
            print(f"waste aversion {value:g}: no plan")
            continue
        totals = result["totals"]
        rows.append(
            {
                "waste_aversion": value,
                "label": f"{value:g}",
                "engaged": totals["engaged_reach"],
                "waste": totals["waste"],
                "creators": totals["creators"],
                "spend": totals["spend"],
            }
        )
        print(
            f"waste aversion {value:g}: {totals['engaged_reach']:,.0f} engaged, {totals['waste']:,.0f} wasted, "
            f"{totals['creators']} creators, {totals['spend']} {brief['currency']}"
        )
    return rows


def chart(rows: list[Json]) -> alt.LayerChart:
    """Engaged reach against waste, a point per plan with its waste aversion beside it."""
    labels: dict[tuple[float, float], list[str]] = {}
    for row in rows:
        labels.setdefault((row["waste"], row["engaged"]), []).append(row["label"])
    base = alt.Chart(
        alt.Data(values=[{**row, "label": ", ".join(labels[row["waste"], row["engaged"]])} for row in rows])
    ).encode(
        x=alt.X("waste:Q", title="Wasted contacts", scale=alt.Scale(zero=False)),
        y=alt.Y("engaged:Q", title="Engaged people of the target group", scale=alt.Scale(zero=False)),
    )
    line = base.mark_line(color="#8aa4be").encode(order="waste_aversion:Q")
    points = base.mark_point(filled=True, size=70, color="#0b4f9e", opacity=1)
    names = base.mark_text(align="left", dx=8, dy=8).encode(text="label:N")
    return alt.layer(line, points, names).properties(title="Best plan by waste aversion", width=520, height=320)


def main() -> None:
    """Solve, print and draw."""
    parser = argparse.ArgumentParser(description="Sweep the waste aversion of a brief and draw the plans.")
    parser.add_argument("picture", type=Path, help="where the chart goes: .svg, .png or .html")
    parser.add_argument("--brief", type=Path, help="a brief as JSON; without it a built-in one")
    parser.add_argument("--values", type=float, nargs="+", default=VALUES, help="waste aversions, 0 or more")
    asked = parser.parse_args()
    with from_environment() as client:
        demo = "/v1/demo-briefs/realistic"
        brief = json.loads(asked.brief.read_text()) if asked.brief else client.call("GET", demo).json()
        rows = sweep(client, brief, asked.values)
    inline = {"inline": True} if asked.picture.suffix == ".html" else {}
    chart(rows).save(str(asked.picture), **inline)
    print(f"chart: {asked.picture}")


if __name__ == "__main__":
    main()
