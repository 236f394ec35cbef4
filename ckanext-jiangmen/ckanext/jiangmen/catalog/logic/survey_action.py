"""Actions on survey workbooks."""
