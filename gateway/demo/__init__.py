"""The whole chain on one machine: ``canhdong demo``.

Field, gateway, broker and province are processes of their own, with files in a
temporary directory and loopback between them.  Needs the extra ``demo``.
"""
