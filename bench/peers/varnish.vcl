# Varnish in front of Weir, its answers kept for an hour.
vcl 4.1;

backend origin { .host = "127.0.0.1"; .port = "@ORIGIN@"; }

sub vcl_backend_response {
    set beresp.ttl = 1h;
    return (deliver);  # the built-in rules would not keep what says "no-cache": Varnish learns of no write
}
