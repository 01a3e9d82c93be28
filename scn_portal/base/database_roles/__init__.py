"""What the web server and the workers may do in the database: as a role that owns nothing.

`decisions` is the one table, `granting` carries it out and checks it, `history` holds the functions that no role but
the owner may get past, `starting` refuses to serve as anybody mightier.
"""
