"""政府数据资源共享平台: who may read what (江府办函〔2017〕82号, 四(二)).

`decision` says it for one entry and one caller, `projection` turns it into the columns
of a table, `labels` into what a search may find. May import catalog and below.
"""
