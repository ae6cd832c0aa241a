#!/bin/sh
# From a brief to a plan and its report, with curl alone.
#
#   make serve                   in one terminal
#   sh examples/first_plan.sh    in another; writes into the directory it is called in
#
# CREATORMIX_URL names another service, CREATORMIX_KEY an API key.
set -eu
url=${CREATORMIX_URL:-http://127.0.0.1:8000}

# Every call carries the key if there is one, and ends the script with the problem when it fails.
call() {
  if [ -n "${CREATORMIX_KEY:-}" ]; then set -- -H "Authorization: Bearer $CREATORMIX_KEY" "$@"; fi
  curl --silent --show-error --fail-with-body "$@"
}

echo "1. A complete brief to start from"
call "$url/v1/demo-briefs/realistic" > brief.json

echo "2. Is anything wrong with it?"
call "$url/v1/optimizations:validate" -H 'Content-Type: application/json' -d @brief.json
echo

echo "3. The plan. Sent again with the same Idempotency-Key it would not be solved a second time"
call "$url/v1/optimizations" -H 'Content-Type: application/json' -H 'Prefer: wait=60' \
  -H "Idempotency-Key: first-plan-$$-$(date +%s)" -D headers.txt -d @brief.json > optimization.json
path=$(sed -n 's/^[Ll]ocation: *\([^[:space:]]*\).*/\1/p' headers.txt)
grep -o '"totals":{[^}]*}' optimization.json | head -n 1

echo "4. Three offers that are not in it, and why"
call "$url$path/creators?decision=rejected&limit=3"
echo

echo "5. The plan's creators as a table for a spreadsheet: chosen.csv"
call "$url$path/creators?decision=chosen&format=csv" > chosen.csv

echo "6. The report for people: report.html"
call "$url$path/report?part=whole" > report.html
echo "$url$path/report"
