//! What all requests over HTTP have: headers, logins, certificates.

use super::super::Shape::{List, Object as Of, Text};
use super::super::{Field, Object, Shape, field};

pub(super) const HEADERS_FIELD: Field =
    field("headers", List(&HEADER_ITEM), "Headers to send.", "[{key: X-Scope-OrgID, value: shop}]");

pub(super) const TLS_FIELD: Field =
    field("tls", Of(&TLS), "Certificates of the connection.", "{caFile: /etc/ssl/shop-ca.pem}")
        .ours();

pub(super) const AUTHENTICATION_FIELD: Field = field(
    "authentication",
    Of(&AUTHENTICATION),
    "How to log in.",
    "{basicAuth: {username: assay, password: \"{{args.password}}\"}}",
);

static HEADER_ITEM: Shape = Of(&HEADER);

static HEADER: Object = Object {
    name: "Header",
    about: "One HTTP header.",
    fields: &[
        field("key", Text, "Its name.", "X-Scope-OrgID").required(),
        field("value", Text, "Its value.", "shop").required(),
    ],
};

static TLS: Object = Object {
    name: "Tls",
    about: "Certificates of a connection, as PEM files.",
    fields: &[
        field(
            "caFile",
            Text,
            "Certificate authority to trust besides the system's.",
            "/etc/ssl/shop-ca.pem",
        )
        .ours(),
        field("certFile", Text, "Client certificate.", "/etc/assay/client.pem").ours(),
        field("keyFile", Text, "Key of the client certificate.", "/etc/assay/client.key").ours(),
    ],
};

static AUTHENTICATION: Object = Object {
    name: "Authentication",
    about: "How a request logs in: at most one of these.",
    fields: &[
        field(
            "basicAuth",
            Of(&BASIC_AUTH),
            "User name and password.",
            "{username: assay, password: \"{{args.password}}\"}",
        ),
        field("bearer", Of(&BEARER), "A fixed token.", "{token: \"{{args.token}}\"}").ours(),
        field(
            "oauth2",
            Of(&OAUTH2),
            "OAuth2 client credentials.",
            "{tokenUrl: \"https://login.example.org/token\", clientId: assay, clientSecret: \
             \"{{args.secret}}\"}",
        ),
        field(
            "sigv4",
            Of(&SIGV4),
            "AWS Signature Version 4, for Amazon Managed Prometheus.",
            "{region: eu-central-1}",
        ),
    ],
};

static BASIC_AUTH: Object = Object {
    name: "BasicAuth",
    about: "User name and password.",
    fields: &[
        field("username", Text, "User name.", "assay").required(),
        field(
            "password",
            Text,
            "Password; an argument, so that it stands in no file.",
            "\"{{args.password}}\"",
        )
        .required(),
    ],
};

static BEARER: Object = Object {
    name: "Bearer",
    about: "A token in `Authorization: Bearer`.",
    fields: &[field(
        "token",
        Text,
        "The token; an argument, so that it stands in no file.",
        "\"{{args.token}}\"",
    )
    .required()
    .ours()],
};

static OAUTH2: Object = Object {
    name: "OAuth2",
    about: "OAuth2 client credentials.",
    fields: &[
        field(
            "tokenUrl",
            Text,
            "Where tokens are given out.",
            "\"https://login.example.org/token\"",
        ),
        field("clientId", Text, "Client id.", "assay"),
        field(
            "clientSecret",
            Text,
            "Client secret; an argument, so that it stands in no file.",
            "\"{{args.secret}}\"",
        ),
        field("scopes", List(&Text), "Scopes asked for.", "[metrics.read]"),
    ],
};

static SIGV4: Object = Object {
    name: "SigV4",
    about: "AWS Signature Version 4.",
    fields: &[
        field("region", Text, "Region.", "eu-central-1"),
        field("profile", Text, "Profile in the shared credentials file.", "monitoring"),
        field("roleArn", Text, "Role to assume.", "\"arn:aws:iam::123456789012:role/assay\""),
    ],
};
