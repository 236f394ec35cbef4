"""江门市政务大数据管理平台 as CKAN extensions, one room per capability.

Imports point one way::

    portal, desk -> publication -> sharing -> catalog -> tables -> the modules here

`catalog` 目录管理系统, `tables` every way into and out of a table, `sharing` who may
read what, `publication` the one-way valve to the open site, `portal` 开放门户,
`desk` 工作台 (江府办函〔2017〕82号, 二(一)).
"""
