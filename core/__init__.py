"""The engine of Likeness: reads data, fits models, scores, explains, draws and keeps projects. No Qt anywhere below."""

__version__ = "0.1.0"
