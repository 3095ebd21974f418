"""Charts as SVG text: pure functions from small frozen values, the same for page, file and report.

The door: `Frame`, one value and one function a chart, `chart_png`.
"""

from app.results.charts.frame import NARROW, WIDE, Frame
from app.results.charts.heat_map import HeatCell, HeatMap, HeatRow, heat_map, shade_of
from app.results.charts.interval_bars import Band, IntervalBars, IntervalRow, Mark, interval_bars
from app.results.charts.picture import chart_png
from app.results.charts.profile import Profile, ProfileRow, profile
from app.results.charts.quadrants import QuadrantMark, Quadrants, quadrants
from app.results.charts.share_levels import LevelRow, ShareLevels, share_levels
from app.results.charts.sparkline import sparkline
from app.results.charts.trend import Trend, TrendPoint, trend_with_limits

__all__ = [
    "NARROW",
    "WIDE",
    "Band",
    "Frame",
    "HeatCell",
    "HeatMap",
    "HeatRow",
    "IntervalBars",
    "IntervalRow",
    "LevelRow",
    "Mark",
    "Profile",
    "ProfileRow",
    "QuadrantMark",
    "Quadrants",
    "ShareLevels",
    "Trend",
    "TrendPoint",
    "chart_png",
    "heat_map",
    "interval_bars",
    "profile",
    "quadrants",
    "shade_of",
    "share_levels",
    "sparkline",
    "trend_with_limits",
]
