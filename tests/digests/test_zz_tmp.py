from tests.digests.test_delivery import *
def test_x(client, monkeypatch):
    import django.utils.cache as c, traceback
    from django.contrib.sessions.backends.base import SessionBase
    names = ["Oneville", "Twoville", "Threeville", "Fourville"]
    revisions = [{"practice__city": CityFactory(name_en=name)} for name in names]
    d = issue_with(*revisions, pledges=[{}])
    m = delivery.write_issue(d)[0]
    print(m.subject); print(m.body)
    orig = SessionBase._get_session
    def spy(self, *a, **k):
        traceback.print_stack(limit=14); return orig(self,*a,**k)
    import django.contrib.sessions.middleware as sm
    from django.contrib.sessions.backends.base import SessionBase as S
    prop = S.accessed if isinstance(getattr(S,'accessed',None), property) else None
    def setter(self, v):
        if v: traceback.print_stack(limit=14)
        self.__dict__['_acc']=v
    monkeypatch.setattr(S,'accessed',property(lambda s: s.__dict__.get('_acc',False), setter), raising=False)
    r = client.get("/en/newsletter/")
    print(dict(r.headers), r.cookies)
