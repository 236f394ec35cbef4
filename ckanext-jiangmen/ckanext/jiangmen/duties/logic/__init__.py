"""The action on duties and who may call it."""
