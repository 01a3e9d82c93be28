import pytest
from django.db import connection
@pytest.mark.django_db
def test_q():
    with connection.cursor() as c:
        c.execute("select datcollate, datctype, datlocprovider from pg_database where datname=current_database()"); print(c.fetchall())
        c.execute("select count(*) from pg_collation where collprovider='i'"); print(c.fetchall())
        c.execute("select x from (values ('Evry'),('Évry'),('Zed'),('Fez')) t(x) order by x"); print(c.fetchall())
        c.execute("""select x from (values ('Evry'),('Évry'),('Zed'),('Fez')) t(x) order by x collate "und-x-icu" """); print(c.fetchall())
