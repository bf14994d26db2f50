"""A schedule of two layers, as its table holds it."""

import json

TURNS = {"participants": [5, 8], "kind": "DAILY", "start": "2026-01-01", "length": 1, "hand_over": "09:00"}
LAYER = {**TURNS, "weekday": None, "day": None, "end": None, "holidays": "ALSO"}
HOURS = {"start": "09:00", "end": "18:00", "days": [0, 1], "until_day": None}
LAYERS = [{**LAYER, "name": "Hours", "windows": [HOURS]}, {**LAYER, "name": "Else", "windows": []}]
FREE = {"free_days": {"2026-12-24": "Eve"}, "country": None, "part": None}
ROTA = json.dumps({"zone": "UTC", "layers": LAYERS, **FREE})
