# Varnish before the portal, instead of nginx's cache or in addition to it: for Debian's varnish, 7.1 or newer.
# A template: deploy/varnish.envsh gives each ${PROXY_…} its value. How, and why: docs/operations.md, “Caching”.
# TLS ends before it (hitch, nginx, a load balancer), which says so in X-Forwarded-Proto.

vcl 4.1;

import std;

backend portal {
    .host = "${PROXY_PORTAL_HOST}";
    .port = "${PROXY_PORTAL_PORT}";
    .connect_timeout = 5s;
    .first_byte_timeout = 60s;
    .probe = {
        .request = "GET /healthz HTTP/1.1" "Host: ${PROXY_HOST}" "Connection: close";
        .interval = 2s;
        .timeout = 2s;
        .window = 4;
        .threshold = 2;
        .initial = 2;
    }
}

# The addresses that `manage.py purge` may come from.
acl operators {
    "${PROXY_OPERATOR}";
}

sub vcl_recv {
    if (req.http.host != "${PROXY_HOST}") {
        return (synth(421));
    }
    if (req.restarts == 0) {
        # Headers in which a client may claim another address or host are replaced.
        set req.http.X-Forwarded-For = client.ip;
        set req.http.X-Forwarded-Proto = "${PROXY_SCHEME}";
        unset req.http.X-Forwarded-Host;
        unset req.http.X-Real-IP;
        unset req.http.Forwarded;
        unset req.http.Proxy;
        unset req.http.Taken-Down;
        unset req.http.Asked-For;
        unset req.http.Asked-By;
        unset req.http.Rather-Stale;
        if (req.url ~ "^/(taken-down|metrics)") {
            return (synth(404));
        }
    }
    if (req.method == "PURGE" && client.ip !~ operators) {
        return (synth(405));
    }
    if (req.method != "GET" && req.method != "HEAD" && req.method != "PURGE") {
        return (pass);
    }
    # Requests with a session cookie go to the portal.
    if (req.http.Cookie ~ "(^|; *)(__Host-)?sessionid=") {
        return (pass);
    }
    if (req.url ~ "^/(en|fr)/([?]|$|((?#areas)a-propos|about|accessibilite|accessibility|calendar|calendrier|changes|charts|cities|commitments|compare|comparer|contact|countries|declaration|donnees-ouvertes|embed|engagements|graphiques|guide|imprimer|inquiet-pour-un-proche|integrer|join|legal-notice|matrix|mentions-legales|method|methode|nouveautes|open-data|pays|picture|pledges|practices|pratiques|print|privacy|promesses|qui-gere-ce-portail|recherche|regions|rejoindre|search|tableau|vie-privee|villes|who-runs-this-portal|worried-about-someone(?#))[/.])") {
        # Public answers do not depend on other cookies.
        unset req.http.Cookie;
        # Parameters that no public page reads are removed, and the others are sorted. `manage.py proxy_rules` writes
        # the lists.
        if (req.url ~ "[?]") {
            set req.url = regsuball(req.url, "(?<=[?&])(?!(?:(?#parameters)after|all|before|city|commitment|country|evaluation|has_practices|joined|kind|language|near|page|q|region|sort|status|target_group|theme|topic|unit_type|x|y|year|z(?#))(?:[=&]|$))[^&]*(?:&|$)", "");
            set req.url = std.querysort(regsub(req.url, "[?&]+$", ""));
        }
    } elsif (req.http.Cookie) {
        return (pass);
    }
    # The number raised by each taking down is fetched first, every two seconds at most. It is part of the hash, so that
    # older answers are never used again.
    if (!req.http.Taken-Down) {
        set req.http.Asked-For = req.url;
        set req.http.Asked-By = req.method;
        set req.url = "/taken-down";
        set req.method = "GET";
        # An old number would bring back what was taken down, so it is used only while the portal is away.
        if (std.healthy(req.backend_hint) && !req.http.Rather-Stale) {
            set req.grace = 0s;
        } else {
            set req.grace = 1h;
        }
        return (hash);
    }
    if (req.method == "PURGE") {
        return (purge);
    }
    # stale-while-revalidate=60; while the portal is away stale-if-error=600, after which nothing is kept.
    if (std.healthy(req.backend_hint) && !req.http.Rather-Stale) {
        set req.grace = 60s;
    } else {
        set req.grace = 600s;
    }
    return (hash);
}

sub vcl_hash {
    hash_data(req.url);
    hash_data(req.http.X-Forwarded-Proto);
    if (req.http.Taken-Down) {
        hash_data(req.http.Taken-Down);
    }
    return (lookup);
}

sub vcl_backend_fetch {
    unset bereq.http.Taken-Down;
    unset bereq.http.Asked-For;
    unset bereq.http.Asked-By;
}

sub vcl_backend_response {
    if (bereq.url == "/taken-down") {
        if (beresp.status == 204) {
            set beresp.ttl = 2s;
            set beresp.grace = 1h;
            return (deliver);
        }
        return (abandon);
    }
    # If the portal fails, a kept answer is tried before the error is shown.
    if (beresp.status >= 500 && !bereq.uncacheable && (bereq.is_bgfetch || !bereq.http.Rather-Stale)) {
        return (abandon);
    }
    if (beresp.http.Cache-Control ~ "stale-if-error") {
        set beresp.grace = 600s;
        set beresp.keep = 600s;
    } elsif (beresp.http.Cache-Control ~ "public") {
        set beresp.grace = 0s;
    }
}

sub vcl_backend_error {
    return (abandon);
}

sub vcl_deliver {
    if (req.http.Asked-For && !req.http.Taken-Down) {
        set req.http.Taken-Down = resp.http.Taken-Down;
        set req.url = req.http.Asked-For;
        set req.method = req.http.Asked-By;
        return (restart);
    }
    if (obj.hits > 0 && obj.ttl < 0s) {
        set resp.http.X-Cache = "STALE";
    } elsif (obj.hits > 0) {
        set resp.http.X-Cache = "HIT";
    } else {
        set resp.http.X-Cache = "MISS";
    }
    unset resp.http.Via;
    unset resp.http.X-Varnish;
}

sub vcl_purge {
    return (synth(200, "Purged"));
}

sub vcl_synth {
    # The portal failed: kept answers, and the number raised by each taking down, may be staler than usual.
    if (resp.status == 503 && req.http.Asked-For && !req.http.Rather-Stale) {
        set req.http.Rather-Stale = "yes";
        set req.url = req.http.Asked-For;
        set req.method = req.http.Asked-By;
        return (restart);
    }
    set resp.http.Content-Type = "text/plain; charset=utf-8";
    set resp.http.Content-Security-Policy = "default-src 'none'; frame-ancestors 'none'";
    set resp.http.X-Content-Type-Options = "nosniff";
    if (resp.status == 503) {
        set resp.http.Retry-After = "30";
    }
    synthetic(resp.reason + {"
"});
    return (deliver);
}
