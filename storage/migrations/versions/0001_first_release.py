"""Everything that the first release stores."""

import sqlalchemy as sa
from alembic import op

from storage import audit, models

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:  # noqa: PLR0915 - one statement a table and index, as Alembic wrote them
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("format", sa.Integer(), nullable=False),
        sa.Column("installation", sa.String(), nullable=False),
        sa.Column("prev", sa.String(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("wall", models.Instant(), nullable=False),
        sa.Column("monotonic", sa.Float(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("rollback_id", sa.Integer(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("mac", sa.String(), nullable=False),
        sa.CheckConstraint("seq > 0", name=op.f("ck_audit_seq_positive")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
        sa.UniqueConstraint("prev", name=op.f("uq_audit_prev")),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("mac", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "head",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("mac", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("ts", sa.String(), nullable=False),
        sa.Column("at", models.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_head")),
    )
    op.create_table(
        "inbound",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.Column("at", models.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_inbound")),
    )
    op.create_table(
        "inspection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("estate", sa.String(), nullable=False),
        sa.Column("practice", sa.Boolean(), nullable=False),
        sa.Column("scheduled", sa.Boolean(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("asked_at", models.Instant(), nullable=False),
        sa.Column("ended_at", models.Instant(), nullable=True),
        sa.Column("outlook", sa.String(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection")),
    )
    op.create_index("ix_inspection_estate", "inspection", ["estate", "scheduled", "id"], unique=False)
    op.create_table(
        "installation",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", models.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_table(
        "rollback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("drill", sa.Boolean(), nullable=False),
        sa.Column("estate_name", sa.String(), nullable=False),
        sa.Column("runbook", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("stakeholders", sa.String(), nullable=False),
        sa.Column("lead", sa.String(), nullable=False),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("started_at", models.Instant(), nullable=False),
        sa.Column("ended_at", models.Instant(), nullable=True),
        sa.Column("held_by", sa.String(), nullable=False),
        sa.Column("held_why", sa.String(), nullable=False),
        sa.Column("plan", sa.LargeBinary(), nullable=False),
        sa.Column("plan_hash", sa.String(), nullable=False),
        sa.Column("estate", sa.LargeBinary(), nullable=False),
        sa.Column("estate_hash", sa.String(), nullable=False),
        sa.Column("roles", sa.LargeBinary(), nullable=False),
        sa.Column("roles_hash", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("next_update_at", models.Instant(), nullable=True),
        sa.Column("last_update_at", models.Instant(), nullable=True),
        sa.Column("nagged_for", models.Instant(), nullable=True),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("purged_at", models.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rollback")),
        sa.UniqueConstraint("number", name=op.f("uq_rollback_number")),
    )
    op.create_index(
        "ix_rollback_open_estate",
        "rollback",
        ["estate_name"],
        unique=True,
        sqlite_where=sa.text("state IN ('running', 'paused')"),
        postgresql_where=sa.text("state IN ('running', 'paused')"),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("gone_at", models.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_account_person_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("team", "user", name=op.f("uq_account_team_user")),
    )
    op.create_table(
        "capture",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rollback_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("started_at", models.Instant(), nullable=False),
        sa.Column("completed_at", models.Instant(), nullable=True),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("extras", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["rollback_id"], ["rollback.id"], name=op.f("fk_capture_rollback_id_rollback")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capture")),
        sa.UniqueConstraint("rollback_id", "name", name=op.f("uq_capture_rollback_id_name")),
    )
    op.create_index(op.f("ix_capture_rollback_id"), "capture", ["rollback_id"], unique=False)
    op.create_table(
        "choice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rollback_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("at", models.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["rollback_id"], ["rollback.id"], name=op.f("fk_choice_rollback_id_rollback")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_choice")),
    )
    op.create_index(op.f("ix_choice_rollback_id"), "choice", ["rollback_id"], unique=False)
    op.create_table(
        "debt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rollback_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("due_at", models.Instant(), nullable=True),
        sa.Column("settled_at", models.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["rollback_id"], ["rollback.id"], name=op.f("fk_debt_rollback_id_rollback")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_debt")),
    )
    op.create_index(op.f("ix_debt_rollback_id"), "debt", ["rollback_id"], unique=False)
    op.create_table(
        "draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rollback_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("text_hash", sa.String(), nullable=False),
        sa.Column("list_hash", sa.String(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("reviewer", sa.String(), nullable=False),
        sa.Column("approver", sa.String(), nullable=False),
        sa.Column("sent_by", sa.String(), nullable=False),
        sa.Column("sent_channel", sa.String(), nullable=False),
        sa.Column("sent_count", sa.Integer(), nullable=True),
        sa.Column("sent_at", models.Instant(), nullable=True),
        sa.Column("created_at", models.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["rollback_id"], ["rollback.id"], name=op.f("fk_draft_rollback_id_rollback")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint("rollback_id", "name", "version", name=op.f("uq_draft_rollback_id_name_version")),
    )
    op.create_index(op.f("ix_draft_rollback_id"), "draft", ["rollback_id"], unique=False)
    op.create_table(
        "export",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rollback_id", sa.Integer(), nullable=False),
        sa.Column("capture", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", models.Instant(), nullable=False),
        sa.Column("read_at", models.Instant(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["rollback_id"], ["rollback.id"], name=op.f("fk_export_rollback_id_rollback")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export")),
    )
    op.create_index(op.f("ix_export_rollback_id"), "export", ["rollback_id"], unique=False)
    op.create_table(
        "file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rollback_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("at", models.Instant(), nullable=False),
        sa.Column("purge_at", models.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["rollback_id"], ["rollback.id"], name=op.f("fk_file_rollback_id_rollback")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file")),
    )
    op.create_index(op.f("ix_file_rollback_id"), "file", ["rollback_id"], unique=False)
    op.create_table(
        "gate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rollback_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("policy", sa.JSON(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", models.Instant(), nullable=False),
        sa.Column("closed_at", models.Instant(), nullable=True),
        sa.Column("reminded", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["rollback_id"], ["rollback.id"], name=op.f("fk_gate_rollback_id_rollback")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate")),
        sa.UniqueConstraint("rollback_id", "name", "round", name=op.f("uq_gate_rollback_id_name_round")),
    )
    op.create_index(op.f("ix_gate_rollback_id"), "gate", ["rollback_id"], unique=False)
    op.create_table(
        "invariant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rollback_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("good", sa.Boolean(), nullable=True),
        sa.Column("read_at", models.Instant(), nullable=True),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["rollback_id"], ["rollback.id"], name=op.f("fk_invariant_rollback_id_rollback")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invariant")),
        sa.UniqueConstraint("rollback_id", "name", name=op.f("uq_invariant_rollback_id_name")),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rollback_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("ts", sa.String(), nullable=True),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("shown", sa.String(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["rollback_id"], ["rollback.id"], name=op.f("fk_message_rollback_id_rollback")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("channel", "ts", name=op.f("uq_message_channel_ts")),
        sa.UniqueConstraint("nonce", name=op.f("uq_message_nonce")),
    )
    op.create_index(op.f("ix_message_rollback_id"), "message", ["rollback_id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rollback_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("not_before", models.Instant(), nullable=True),
        sa.Column("created_at", models.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["rollback_id"], ["rollback.id"], name=op.f("fk_outbox_rollback_id_rollback")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(op.f("ix_outbox_state"), "outbox", ["state"], unique=False)
    op.create_table(
        "sample",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rollback_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("at", models.Instant(), nullable=False),
        sa.Column("good", sa.Boolean(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["rollback_id"], ["rollback.id"], name=op.f("fk_sample_rollback_id_rollback")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample")),
    )
    op.create_index("ix_sample_what", "sample", ["rollback_id", "what", "target", "at"], unique=False)
    op.create_table(
        "security_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rollback_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("twin", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("list_hash", sa.String(), nullable=False),
        sa.Column("advice", sa.String(), nullable=False),
        sa.Column("pending", sa.Boolean(), nullable=True),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("tell", sa.Boolean(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided_at", models.Instant(), nullable=True),
        sa.Column("done_by", sa.String(), nullable=False),
        sa.Column("done_at", models.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["rollback_id"], ["rollback.id"], name=op.f("fk_security_row_rollback_id_rollback")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_security_row")),
        sa.UniqueConstraint("rollback_id", "key", "twin", name=op.f("uq_security_row_rollback_id_key_twin")),
    )
    op.create_index(op.f("ix_security_row_rollback_id"), "security_row", ["rollback_id"], unique=False)
    op.create_table(
        "stage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rollback_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("gate", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("settled_group", sa.Integer(), nullable=False),
        sa.Column("preview_id", sa.Integer(), nullable=True),
        sa.Column("due_at", models.Instant(), nullable=True),
        sa.Column("started_at", models.Instant(), nullable=True),
        sa.Column("ended_at", models.Instant(), nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("claimed_by", sa.String(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("timeline", sa.Integer(), nullable=False),
        sa.Column("lease_until", models.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["rollback_id"], ["rollback.id"], name=op.f("fk_stage_rollback_id_rollback")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage")),
        sa.UniqueConstraint("rollback_id", "name", name=op.f("uq_stage_rollback_id_name")),
    )
    op.create_index(op.f("ix_stage_rollback_id"), "stage", ["rollback_id"], unique=False)
    op.create_table(
        "answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stage_id", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("check_name", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("at", models.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["stage_id"], ["stage.id"], name=op.f("fk_answer_stage_id_stage")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
        sa.UniqueConstraint(
            "stage_id", "attempt", "check_name", "person", name=op.f("uq_answer_stage_id_attempt_check_name_person")
        ),
    )
    op.create_index(op.f("ix_answer_stage_id"), "answer", ["stage_id"], unique=False)
    op.create_table(
        "change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stage_id", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("group", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("ref", sa.JSON(), nullable=True),
        sa.Column("outcome", sa.JSON(), nullable=True),
        sa.Column("action_version", sa.Integer(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("acts", sa.Integer(), nullable=False),
        sa.Column("not_done_seen", sa.Integer(), nullable=False),
        sa.Column("look_at", models.Instant(), nullable=True),
        sa.Column("intended_at", models.Instant(), nullable=True),
        sa.Column("ended_at", models.Instant(), nullable=True),
        sa.Column("progress", sa.Integer(), nullable=True),
        sa.Column("progress_text", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["stage_id"], ["stage.id"], name=op.f("fk_change_stage_id_stage")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change")),
        sa.UniqueConstraint("stage_id", "attempt", "position", name=op.f("uq_change_stage_id_attempt_position")),
    )
    op.create_index(op.f("ix_change_stage_id"), "change", ["stage_id"], unique=False)
    op.create_table(
        "check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stage_id", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("after", sa.Integer(), nullable=True),
        sa.Column("at", models.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["stage_id"], ["stage.id"], name=op.f("fk_check_stage_id_stage")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check")),
        sa.UniqueConstraint("stage_id", "attempt", "name", name=op.f("uq_check_stage_id_attempt_name")),
    )
    op.create_index(op.f("ix_check_stage_id"), "check", ["stage_id"], unique=False)
    op.create_table(
        "device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("capture_id", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.String(), nullable=False),
        sa.Column("row", sa.JSON(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["capture_id"], ["capture.id"], name=op.f("fk_device_capture_id_capture")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("capture_id", "vendor_id", name=op.f("uq_device_capture_id_vendor_id")),
    )
    op.create_index(op.f("ix_device_capture_id"), "device", ["capture_id"], unique=False)
    op.create_table(
        "dialog",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("rollback_id", sa.Integer(), nullable=True),
        sa.Column("stage_id", sa.Integer(), nullable=True),
        sa.Column("gate_id", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("offered", sa.JSON(), nullable=False),
        sa.Column("opened_at", models.Instant(), nullable=False),
        sa.Column("used_at", models.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["gate_id"], ["gate.id"], name=op.f("fk_dialog_gate_id_gate")),
        sa.ForeignKeyConstraint(["rollback_id"], ["rollback.id"], name=op.f("fk_dialog_rollback_id_rollback")),
        sa.ForeignKeyConstraint(["stage_id"], ["stage.id"], name=op.f("fk_dialog_stage_id_stage")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dialog")),
    )
    op.create_table(
        "handover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rollback_id", sa.Integer(), nullable=False),
        sa.Column("outgoing", sa.String(), nullable=False),
        sa.Column("incoming", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", models.Instant(), nullable=False),
        sa.Column("taken_at", models.Instant(), nullable=True),
        sa.Column("closed_at", models.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["rollback_id"], ["rollback.id"], name=op.f("fk_handover_rollback_id_rollback")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
    )
    op.create_index(op.f("ix_handover_rollback_id"), "handover", ["rollback_id"], unique=False)
    op.create_table(
        "note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rollback_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("salt", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("ts", sa.String(), nullable=True),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("said_at", models.Instant(), nullable=False),
        sa.Column("at", models.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["rollback_id"], ["rollback.id"], name=op.f("fk_note_rollback_id_rollback")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
        sa.UniqueConstraint("rollback_id", "channel", "ts", name=op.f("uq_note_rollback_id_channel_ts")),
    )
    op.create_index(op.f("ix_note_rollback_id"), "note", ["rollback_id"], unique=False)
    op.create_table(
        "preview",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stage_id", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("taken_at", models.Instant(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["stage_id"], ["stage.id"], name=op.f("fk_preview_stage_id_stage")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preview")),
    )
    op.create_index(op.f("ix_preview_stage_id"), "preview", ["stage_id"], unique=False)
    op.create_table(
        "vote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("gate_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("enterprise", sa.String(), nullable=False),
        sa.Column("choice", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("typed", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", models.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["gate_id"], ["gate.id"], name=op.f("fk_vote_gate_id_gate")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vote")),
        sa.UniqueConstraint("gate_id", "person", name=op.f("uq_vote_gate_id_person")),
    )
    op.create_index(op.f("ix_vote_gate_id"), "vote", ["gate_id"], unique=False)
    op.create_table(
        "gate_stage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("gate_id", sa.Integer(), nullable=False),
        sa.Column("stage_id", sa.Integer(), nullable=False),
        sa.Column("preview_id", sa.Integer(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["gate_id"], ["gate.id"], name=op.f("fk_gate_stage_gate_id_gate")),
        sa.ForeignKeyConstraint(["preview_id"], ["preview.id"], name=op.f("fk_gate_stage_preview_id_preview")),
        sa.ForeignKeyConstraint(["stage_id"], ["stage.id"], name=op.f("fk_gate_stage_stage_id_stage")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_stage")),
        sa.UniqueConstraint("gate_id", "stage_id", name=op.f("uq_gate_stage_gate_id_stage_id")),
    )
    op.create_index(op.f("ix_gate_stage_gate_id"), "gate_stage", ["gate_id"], unique=False)
    op.create_index(op.f("ix_gate_stage_stage_id"), "gate_stage", ["stage_id"], unique=False)
    audit.create_triggers(op.get_bind())
    op.execute(f"INSERT INTO audit_head (id, seq, mac) VALUES (1, 0, '{audit.START}')")  # noqa: S608 - a constant
