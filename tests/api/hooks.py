"""What schemathesis must be told of dfqueue: who signs in, and which things there are.

Read by schemathesis (SCHEMATHESIS_HOOKS); run.py leaves what it made in DFQUEUE_API_SCENE.
"""

import json
import os
import re
from datetime import datetime, timedelta
from pathlib import Path
from zlib import crc32

import schemathesis
from hypothesis import strategies

SCENE = json.loads(Path(os.environ["DFQUEUE_API_SCENE"]).read_text())
NOW = datetime.fromisoformat(SCENE["now"])

# Instants of any century are refused as such; ones of these days lead to what the rules say of them.
SECONDS = strategies.integers(-3 * 86_400, 86_400)
schemathesis.openapi.format(
    "date-time", SECONDS.map(lambda seconds: (NOW + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ"))
)


def chance(text: str) -> int:
    """The same number for the same text in every run, unlike hash()."""
    return crc32(text.encode("utf-8", "surrogatepass"))


@schemathesis.auth(refresh_interval=None)
class Token:
    """Somebody who may use the operation; one time in eight, anybody."""

    def get(self, case, context):
        drawn = chance(repr((case.method, case.path, case.path_parameters, case.query, str(case.body)[:2000])))
        allowed = context.operation.definition.raw.get("x-roles") or sorted(SCENE["tokens"])
        roles = sorted(SCENE["tokens"]) if drawn % 8 == 0 else allowed
        return SCENE["tokens"][roles[drawn // 8 % len(roles)]]

    def set(self, case, data, context):
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Three times in four an id is that of something that there is, where it could be one at all."""
    drawn = path_parameters and path_parameters.get("id")
    if not isinstance(drawn, str):
        return path_parameters
    parts = context.operation.path.split("/")
    ids = SCENE["ids"][parts[parts.index("{id}") - 1]]
    known = ids["known"]
    if known and re.fullmatch(ids["pattern"], drawn) and chance(drawn) % 4:
        path_parameters["id"] = known[chance(drawn) // 4 % len(known)]
    return path_parameters
