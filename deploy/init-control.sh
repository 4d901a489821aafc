#!/bin/bash
# Run once by the image, when it has made its data: the control plane's database, the role that
# owns it, and no database that just anybody may enter. The password of `howdah` is set here only;
# to change it later, ALTER ROLE howdah PASSWORD.
set -euo pipefail

# The server's timeouts are those for customers.
export PGOPTIONS='-c statement_timeout=0 -c lock_timeout=0'

psql --no-psqlrc --set ON_ERROR_STOP=1 --username postgres --dbname postgres <<'SQL'
\getenv password HOWDAH_DB_PASSWORD
CREATE ROLE howdah LOGIN PASSWORD :'password';
ALTER ROLE howdah SET statement_timeout = '60s';
ALTER ROLE howdah SET lock_timeout = '10s';
ALTER ROLE howdah SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE postgres SET statement_timeout = 0;
ALTER ROLE postgres SET lock_timeout = 0;
ALTER ROLE postgres SET idle_in_transaction_session_timeout = 0;
CREATE DATABASE howdah OWNER howdah;
REVOKE CONNECT ON DATABASE howdah, postgres, template1 FROM PUBLIC;
SQL
