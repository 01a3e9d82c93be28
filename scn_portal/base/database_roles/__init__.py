"""The privileges of the web server and the workers in the database, as a role that owns nothing.

`decisions` is the table of privileges, `granting` applies and checks it, `history` has the functions that only the
owner can bypass, and `starting` refuses to serve as a role with more power.
"""
