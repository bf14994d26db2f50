"""${message}

Revision: ${up_revision}, after ${down_revision | comma,n}. Old and new code must both run under it (expand, contract).
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}
# What only newer code can run under: contract = ("0.3.0", "Why no code that may still run uses it.")
# An index of a table that grows: concurrently = ("create index concurrently if not exists …",)


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    ${downgrades if downgrades else "pass"}
