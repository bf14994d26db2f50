"""Who leads the timers has a number, and what was begun under an earlier one is refused (ADR 0048)."""

from alembic import op

revision = "0048"
down_revision = "0046"
branch_labels = None
depends_on = None

# A sequence, because what it says is what was drawn last, whatever a transaction has seen before.
TAKE_LEAD = """
create function timers_take_lead() returns bigint language plpgsql as $$
declare
  mine bigint := nextval('timer_epoch');
begin
  perform pg_advisory_xact_lock(7438);  -- waits for what was begun under earlier numbers
  return mine;
end $$
"""

LEADS = """
create function timers_lead(epoch bigint) returns boolean language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(7438);
  return (select last_value = epoch from timer_epoch);
end $$
"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.execute("create sequence timer_epoch")
    op.execute(TAKE_LEAD)
    op.execute(LEADS)


def downgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.execute("drop function timers_lead")
    op.execute("drop function timers_take_lead")
    op.execute("drop sequence timer_epoch")
