"""Draw the city's seven districts for the open site's home page.

    python demo/city_map.py

reads the outlines of `data/geo_jiangmen` (see README.md: demonstration data, no
official borders) and writes `portal/city_map.json`, which is committed: outlines with
few points, in units of the drawing, the y axis downwards. Neighbours keep one border.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import shape

HERE = Path(__file__).parent
OUTLINES = HERE / "data" / "geo_jiangmen" / "jiangmen_wgs84.geojson"
DRAWING = HERE.parent / "ckanext-jiangmen/ckanext/jiangmen/portal/city_map.json"

CITY = "440700"
WIDTH = 600
# About 400 m: finer than a pixel of the drawing shows.
TOLERANCE_DEGREES = 0.006
SMALLEST_ISLAND_UNITS = 6


def drawing() -> dict[str, Any]:
    """Return the drawing: {source, width, height, districts}.

    Each district is {code, path, label}: an SVG path and where its name stands.
    """
    features = json.loads(OUTLINES.read_text("utf-8"))["features"]
    districts = {
        feature["properties"]["adcode"]: shapely.make_valid(shape(feature["geometry"]))
        for feature in features
        if feature["properties"]["adcode"] != CITY
    }
    west, south, east, north = shapely.total_bounds(list(districts.values()))
    # One degree of longitude is shorter than one of latitude.
    narrower = math.cos(math.radians((south + north) / 2))
    scale = WIDTH / ((east - west) * narrower)

    def place(points: Any) -> Any:
        points[:, 0] = (points[:, 0] - west) * narrower * scale
        points[:, 1] = (north - points[:, 1]) * scale
        return points

    simple = shapely.coverage_simplify(list(districts.values()), TOLERANCE_DEGREES)
    placed = shapely.transform(simple, place)
    return {
        "source": "demo/data/geo_jiangmen/jiangmen_wgs84.geojson (demo/city_map.py)",
        "width": WIDTH,
        # Islands too small to be seen lie farther south than all others.
        "height": math.ceil(max(lowest(outline) for outline in placed)),
        "districts": [
            {"code": code, "path": path(outline), "label": label(outline)}
            for code, outline in zip(districts, placed, strict=True)
        ],
    }


def parts(outline: Any) -> list[Any]:
    """Return the parts of an outline that are large enough to be seen."""
    found = getattr(outline, "geoms", [outline])
    return [part for part in found if part.area >= SMALLEST_ISLAND_UNITS]


def path(outline: Any) -> str:
    """Return the SVG path of an outline."""
    return "".join(ring(part.exterior) for part in parts(outline))


def lowest(outline: Any) -> float:
    """Return how far down the drawing the outline reaches."""
    return max(part.bounds[3] for part in parts(outline))


def ring(line: Any) -> str:
    """Return a closed ring as an SVG path with one decimal."""
    points = [f"{x:.1f} {y:.1f}" for x, y in list(line.coords)[:-1]]
    return f"M{'L'.join(points)}Z"


def label(outline: Any) -> list[float]:
    """Return a point well inside the largest part."""
    largest = max(parts(outline), key=lambda part: part.area)
    point = shapely.maximum_inscribed_circle(largest).coords[0]
    return [round(value, 1) for value in point]


if __name__ == "__main__":
    text = json.dumps(drawing(), ensure_ascii=False, indent=1)
    DRAWING.write_text(f"{text}\n", "utf-8")
