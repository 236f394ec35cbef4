"""Questions, suggestions and complaints of the public, and their answers."""

revision = "015"
down_revision = "014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""


def downgrade() -> None:
    """Take the tables away."""
