#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# mien report: what it takes and refuses, and, where there is Chromium, how its pages open and work.
set -euo pipefail
# shellcheck source=tests/support/script.sh
source "$MIEN_SOURCE/tests/support/script.sh"
subject=(report)
tests=$MIEN_SOURCE/tests

says() { # TEXT
    grep -qF -- "$1" err || fail "the message is not '$1' but: $(head -c 600 err)"
}

# holds PAGE EXPRESSION: true of the document `d` in a page.
holds() {
    python3 - "$@" 2>trace <<'END' || fail "$1: $2: $(tail -n 1 trace | head -c 600)"
import json, re, sys
page = open(sys.argv[1], encoding="utf-8").read()
island, = re.findall(r'id="data">(.*?)</script>', page, re.DOTALL)
d = json.loads(island)
assert eval(sys.argv[2]), d
END
}

mkdir -p data/happy data/sad moved
cp "$MIEN_SOURCE"/manifests/golden/collins.png data/happy/1.png
cp "$MIEN_SOURCE"/tests/fixtures/images/rgb.jpg data/sad/1.jpg
python3 "$tests/train/draw_faces.py" drawn 6 48
cp drawn/happy/*.png data/happy
cp drawn/sad/*.png data/sad
"$mien" compare mini-xception face-expression cnn-baseline --data data --disagreements 20 \
    --faithfulness 2 --seconds 0.01 --sheet sheet.png --json >zoo.json
"$mien" evaluate mini-xception data --json >one.json
"$mien" evaluate mini-xception data --csv one.csv >out
cat >duo.yaml <<'END'
schema: 1
kind: ensemble
name: duo
classes: [happy, sad]
members: [{model: mini-xception}, {model: cnn-baseline}]
END
"$mien" evaluate "$PWD/duo.yaml" data --json >duo.json
python3 "$tests/page/results.py" .
mkdir -p bars
cat >bars/history.csv <<'END'
epoch,step,rate,loss,accuracy,validation_loss,validation_accuracy,gradient_norm,pictures_per_second,seconds,best
1,9,0.001,1.1,0.4,1,0.5,1,100,1,1
2,18,0.001,1,0.5,0.9,0.6,1,100,2,1
END

ends 0 zoo.json
[[ ! -s err ]] || fail "a report of a whole comparison complains: $(head -c 600 err)"
holds report.html 'd["title"] == "data" and d["sources"] == ["zoo.json"]'
holds report.html 'len(d["comparisons"]) == 1 and len(d["comparisons"][0]["pairs"]) == 3'
holds report.html 'len(d["comparisons"][0]["disagreements"]) > 0'
holds report.html 'all(x["faithfulness"]["measured"] == 2 for x in d["comparisons"][0]["models"])'
holds report.html 'all(x["thumbnail"].startswith("data:image/jpeg;base64,/9j/") for x in d["comparisons"][0]["disagreements"])'
ends 0 zoo.json rows.jsonl bars/history.csv sheet.png -o everything.html --title 'All & <b>everything</b>'
holds everything.html 'len(d["rows"]) == 67 and d["rows"][-1]["error"].startswith("cannot be loaded")'
holds everything.html 'd["runs"][0]["history"][1]["validation_accuracy"] == 0.6'
holds everything.html 'd["sheets"][0]["picture"].startswith("data:image/png;base64,iVBOR")'
ends 0 one.json one.csv rows.csv -o rows.html
holds rows.html 'len(d["rows"]) == 67 and d["rows"][0]["model"] == "mini-xception"'
holds rows.html 'd["rows"][1]["model"].startswith("</script>") and d["rows"][1]["severity"] == 0'
python3 "$tests/page/robust.py" .
ends 0 robust.jsonl -o robust.html
ends 0 rows.jsonl -o rows.html

ends 0 duo.json -o duo.html
holds duo.html '[x["model"] for x in d["comparisons"][0]["models"][0]["members"]] == ["cnn-baseline", "mini-xception"]'

# From one model to twelve, and those that failed.
python3 "$tests/page/variants.py" zoo.json
for name in many close equal one failed nothing; do
    ends 0 "$name.json" -o "$name.html"
done
ends 0 zoo.json zoo.json -o several.html

# A page made anew says the same, with or without faces.
ends 0 report.html -o again.html
cmp report.html again.html || fail "a page made anew is another"
ends 0 report.html --no-pictures -o faceless.html --title 'Without "faces" & <all>'
holds faceless.html 'd["title"] == "data" and len(d["comparisons"][0]["disagreements"]) > 0'
holds faceless.html 'all(x["thumbnail"] is None for x in d["comparisons"][0]["disagreements"])'
grep -qF '<title>Without "faces" &amp; &lt;all></title>' faceless.html || fail "its title is lost"
! grep -q 'data:image/jpeg;base64,/9j' faceless.html || fail "a face is still there"
ends 0 zoo.json --no-pictures -o faceless.html
! grep -q 'data:image/jpeg;base64,/9j' faceless.html || fail "a face was put in"
echo '<html></html>' >other.html
ends 3 other.html -o again.html
says "other.html: is no report that Mien wrote"

# Pictures that have moved are left out, unless they are said to be elsewhere.
mv data moved
ends 0 zoo.json -o moved.html
says "pictures are left out, the first: data/"
says "--pictures says"
holds moved.html 'not any("thumbnail" in x for x in d["comparisons"][0]["disagreements"])'
ends 0 zoo.json -o moved.html --pictures moved
[[ ! -s err ]] || fail "$(head -c 600 err)"
holds moved.html 'all("thumbnail" in x for x in d["comparisons"][0]["disagreements"])'

# What is named as it must be is taken; parts of it that do not fit are the page's to say. No file is
# read that is no picture, nor standard input.
cat >odd.json <<'END'
{"dataset": "d", "classes": ["x", "y"], "votes": 7, "missing": 5, "pairs": [null], "models": [
{"model": "a", "accuracy": "high", "confusion": 5, "calibration": [1, null], "classes": [null, {}]},
{"model": "b", "accuracy": {"value": 0.5}, "members": [null], "confusion": [[1, 2], [3]], "p50_ms": -1},
{"model": "c", "accuracy": 0.6, "p50_ms": 1e40}],
"disagreements": [null, 5, {"picture": 7}, {"picture": "-"}, {"picture": "/etc/passwd"}]}
END
python3 -c 'print("{\"model\": \"deep\", \"a\": " + "[" * 100000 + "]" * 100000 + "}")' >>odd.json
ends 0 odd.json -o odd.html
says "2 of 2 pictures are left out"

# refuses TEXT MESSAGE: a file that is no result.
refuses() {
    printf '%b' "$1" >bad
    ends 3 zoo.json bad -o bad.html --pictures moved
    says "$2"
    [[ ! -e bad.html ]] || fail "a page was written of '$1'"
}
refuses '{"schema": 2, "model": "x"}' 'bad:1:1: has results of schema 2; this Mien reads 1'
refuses '{"schema": "1", "model": "x"}' 'bad:1:1: has results of schema "1"; this Mien reads 1'
refuses 'schema,model\n1,x\n2,y\n' 'bad: has results of schema 2; this Mien reads 1'
refuses '{"schema": 2, "models": [], "classes": ["a"], "dataset": "d"}' 'has results of schema 2'
refuses '{"model": "x"}\n{"model": ' 'bad:2:11: no JSON (unexpected'
refuses '{"hello": 1}' 'bad:1:1: holds JSON without "models" or "model"'
refuses '{"models": [{"model": 5}], "classes": ["a"], "dataset": "d"}' 'bad:1:1: is no evaluation'
refuses '{"models": 5, "classes": ["a"], "dataset": "d"}' 'bad:1:1: is no evaluation'
refuses '[1]' 'bad: holds no results'
refuses '' 'bad: holds no results'
refuses 'a,b\n1,2\n' 'bad: is a table without a column "model"'
refuses 'model\n' 'bad: is a table without rows'
refuses 'model,accuracy\nx\n' 'bad:2: has 1 fields, where 2 are expected'
refuses '\x89PNG\r\n\x1a\nbroken' 'bad: '
refuses '\xff\xd8broken' 'bad: '
ends 3 nowhere.json
says "nowhere.json: there is no such file"
ends 3 moved
says "moved: is not a file"
ends 2 zoo.json -o page.txt
says "must end in .html: 'page.txt'"
refuses_early absent.json -o absent/page.html # before any result is read
says "absent/page.html: cannot create a file beside it"
ends 2

((failed == 0)) || exit 1
python3 "$tests/page/opens.py" report.html comparison
python3 "$tests/page/opens.py" everything.html everything
python3 "$tests/page/opens.py" rows.html rows
python3 "$tests/page/opens.py" robust.html rows
python3 "$tests/page/robust.py" robust.html
python3 "$tests/page/opens.py" duo.html ensemble
python3 "$tests/page/opens.py" many.html comparison
python3 "$tests/page/opens.py" close.html close
python3 "$tests/page/opens.py" equal.html comparison
python3 "$tests/page/equal.py" equal.html report.html
python3 "$tests/page/opens.py" one.html one
python3 "$tests/page/opens.py" failed.html comparison
python3 "$tests/page/opens.py" nothing.html nothing
python3 "$tests/page/opens.py" several.html several
python3 "$tests/page/works.py" everything.html
python3 "$tests/page/keys.py" everything.html many.html failed.html
python3 "$tests/page/partial.py" odd.html
