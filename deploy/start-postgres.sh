#!/bin/sh
# Runs before the image's own entry point: the extensions a customer may create, and a limit of
# memory. Each start does it anew, since a newer image brings newer extensions.
set -eu

from=/usr/share/postgresql/$PG_MAJOR/extension
# Postgres adds /extension to extension_control_path by itself.
to=/var/lib/howdah/extensions/extension
# Of those that ship as trusted, left out: the languages and their transforms, and lo.
allowed='btree_gin btree_gist citext cube dict_int fuzzystrmatch hstore intarray isn ltree
  pg_trgm pgcrypto plpgsql seg tablefunc tcn tsm_system_rows tsm_system_time unaccent uuid-ossp'

rm -rf "$to"
mkdir -p "$to"
for name in $allowed; do
  cp "$from/$name.control" "$from/$name"--*.sql "$to/"
done

# Kilobytes of address space of each process. A statement that wants more fails with 53200; without
# a limit the kernel would kill some process, and Postgres then restarts under everybody. A customer
# may fill as many processes as its plan has connections.
ulimit -v 1048576

exec docker-entrypoint.sh "$@"
