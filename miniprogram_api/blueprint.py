"""The group of all resources of the JSON API, under `/api/v1`."""

from sanic import Blueprint
from sanic.blueprint_group import BlueprintGroup

# Each resource file offers one blueprint; add its line here.
RESOURCES: list[Blueprint] = []

blueprint: BlueprintGroup = Blueprint.group(*RESOURCES, url_prefix="/api/v1")
