"""谁在哪个工作日前应做什么：平台的每个时限写在这里，工作台从这里读取.

A room above opens and closes duties in the transaction that changes its own state::

    book.pass_on(session, revision.id, book.Owed(kind="revision_reviewer", …))

Figures come from ``schemas/clocks.yaml`` and are local settings (mission.md 1.8).
"""
