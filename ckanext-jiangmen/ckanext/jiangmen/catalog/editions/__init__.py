"""《江门市政务信息资源目录》: numbered and dated editions, each in three texts.

"录入…目录管理系统，生成《江门市政务信息资源目录》" (江府办函〔2017〕82号).
`document` holds an edition as a plain value, `snapshot` reads it, one module per format
writes it and `compiling` puts the parts together.
"""
