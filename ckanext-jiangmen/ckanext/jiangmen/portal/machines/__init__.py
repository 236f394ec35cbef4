"""What machines read of the open site: DCAT, sitemaps, OpenAPI and their like."""
