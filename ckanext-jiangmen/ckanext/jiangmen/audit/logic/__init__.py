"""The room's doors: schemas, authorization and actions."""
