"""The addresses of the areas of Settings that keep Muster running."""

from starlette.routing import BaseRoute

from console.machinery import audit, backups, dead_jobs, health, integrations, tokens, webhooks, workflows


def routes() -> list[BaseRoute]:
    """Its routes, of every area."""
    areas = (integrations, workflows, tokens, webhooks, dead_jobs, audit, backups, health)
    return [route for area in areas for route in area.routes()]
