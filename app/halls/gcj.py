"""Between the coordinates of Chinese maps (GCJ-02, as WeChat, Tencent, Alipay and Amap show them) and those of phones
and of the rest of the world (WGS-84). The two are some 500 m apart: as much as a phone may be from a hall at all.
"""

from math import cos, pi, radians, sin, sqrt

from app.halls.rules import Point

_AXIS_M, _FLATTENING = 6_378_245.0, 0.00669342162296594323  # the ellipsoid of Krasovsky, on which the shift is defined


def to_map(place: Point) -> Point:
    """WGS-84 to GCJ-02, within China."""
    lat, lon = place
    x, y = lon - 105.0, lat - 35.0
    waves = 20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)
    along = waves + 20 * sin(y * pi) + 40 * sin(y / 3 * pi) + 160 * sin(y / 12 * pi) + 320 * sin(y / 30 * pi)
    across = waves + 20 * sin(x * pi) + 40 * sin(x / 3 * pi) + 150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + along * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + across * 2 / 3
    curve = 1 - _FLATTENING * sin(radians(lat)) ** 2
    return (
        lat + north * 180 / (_AXIS_M * (1 - _FLATTENING) / (curve * sqrt(curve)) * pi),
        lon + east * 180 / (_AXIS_M / sqrt(curve) * cos(radians(lat)) * pi),
    )


def to_world(place: Point) -> Point:
    """GCJ-02 to WGS-84, to a millimetre: the shift has no inverse in closed form, and changes slowly."""
    lat, lon = place
    for _ in range(5):
        shown = to_map((lat, lon))
        lat, lon = lat + place[0] - shown[0], lon + place[1] - shown[1]
    return lat, lon
