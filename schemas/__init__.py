"""The metadata of the catalogue as data: scheming schemas, code lists, bodies."""
