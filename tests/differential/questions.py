"""Random questions, each as Weir is asked (SQL or Logs Insights) and as DuckDB is asked the same.

An expression is built once and carries its three texts. Where the languages differ, the difference
is written here and nowhere else: addresses are ordered by key, times are seconds, `/` by zero is
null, nulls sort last in Weir's SQL and first in Logs Insights.
"""
import dataclasses
import datetime
import ipaddress
import re

from flow_records import FIRST_SECOND, NUM_SECONDS, V4, V6, address_key

NUMBERS = ["srcport", "dstport", "protocol", "packets", "tcp_flags"]
STRINGS = ["account_id", "interface_id", "action", "log_status", "vpc_id", "type", "flow_direction",
           "region"]
ADDRESSES = ["srcaddr", "dstaddr", "pkt_srcaddr"]
TIMES = ["start", "end"]
WORDS = ["ACCEPT", "REJECT", "OK", "IPv4", "IPv6", "egress", "eu-west-1", "vpc-0a", "x"]


@dataclasses.dataclass
class Expr:
    kind: str  # number, string, address, time, bool
    sql: str
    insights: str
    duck: str
    duck_order: str = ""  # what DuckDB orders by, where that is not the value

    @property
    def order(self):
        return self.duck_order or self.duck


@dataclasses.dataclass
class Question:
    language: str
    text: str
    duck: str
    kinds: list
    is_ordered: bool


def iso(second):
    return datetime.datetime.fromtimestamp(second, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


def quoted(text):
    return f"'{text}'"


def prefix_bounds(prefix):
    network = ipaddress.ip_network(prefix)
    return address_key(str(network[0])), address_key(str(network[-1]))


class Generator:
    def __init__(self, rng):
        self.rng = rng

    # Operands.

    def column(self, kind, prefix=""):
        rng = self.rng
        name = rng.choice({"number": NUMBERS, "string": STRINGS, "address": ADDRESSES, "time": TIMES}[kind])
        sql = prefix + ('"end"' if name == "end" and rng.random() < 0.3 else name)
        if name in ("srcaddr", "tcp_flags", "interface_id") and rng.random() < 0.2:
            sql = prefix + {"srcaddr": "srcAddr", "tcp_flags": '"tcp-flags"', "interface_id": "`interfaceId`"}[name]
        insights = rng.choice([name, {"srcaddr": "srcAddr", "dstport": "dstPort", "log_status": "logStatus",
                                      "tcp_flags": "tcp-flags"}.get(name, name)])
        duck = f'{prefix}"{name}"'
        return Expr(kind, sql, insights, duck, f'{prefix}"{name}_key"' if kind == "address" else "")

    def literal_number(self):
        number = self.rng.choice([0, 1, 2, 6, 17, 22, 53, 443, 1000, 40003])
        return Expr("number", *[str(number)] * 3)

    def number(self, depth, prefix=""):
        rng = self.rng
        if depth == 0 or rng.random() < 0.45:
            return self.column("number", prefix) if rng.random() < 0.8 else self.literal_number()
        a, b = self.number(depth - 1, prefix), self.number(depth - 1, prefix)
        choice = rng.randrange(8)
        if choice <= 2:
            sign = "+-*"[choice]
            return Expr("number", *[f"({x} {sign} {y})" for x, y in
                                    ((a.sql, b.sql), (a.insights, b.insights), (a.duck, b.duck))])
        if choice == 3:
            return Expr("number", f"({a.sql} / {b.sql})", f"({a.insights} / {b.insights})",
                        f"(CAST({a.duck} AS DOUBLE) / NULLIF({b.duck}, 0))")
        if choice == 4:
            return Expr("number", f"ABS({a.sql})", f"abs({a.insights})", f"abs({a.duck})")
        if choice == 5:
            return Expr("number", f"COALESCE({a.sql}, {b.sql})", f"coalesce({a.insights}, {b.insights})",
                        f"coalesce({a.duck}, {b.duck})")
        if choice == 6:
            return Expr("number", f"GREATEST({a.sql}, {b.sql})", f"greatest({a.insights}, {b.insights})",
                        f"greatest({a.duck}, {b.duck})")
        if choice == 7:
            text = self.string(0, prefix)
            return Expr("number", f"LENGTH({text.sql})", f"strlen({text.insights})", f"length({text.duck})")

    def string(self, depth, prefix=""):
        rng = self.rng
        if depth == 0 or rng.random() < 0.5:
            return self.column("string", prefix)
        a = self.string(depth - 1, prefix)
        choice = rng.randrange(4)
        if choice == 0:
            return Expr("string", f"LOWER({a.sql})", f"tolower({a.insights})", f"lower({a.duck})")
        if choice == 1:
            return Expr("string", f"UPPER({a.sql})", f"toupper({a.insights})", f"upper({a.duck})")
        if choice == 2:
            begin, length = rng.randrange(1, 5), rng.randrange(0, 6)
            return Expr("string", f"SUBSTRING({a.sql}, {begin}, {length})",
                        f"substr({a.insights}, {begin - 1}, {length})", f"substr({a.duck}, {begin}, {length})")
        return Expr("string", f"REPLACE({a.sql}, 'e', '__')", f"replace({a.insights}, 'e', '__')",
                    f"replace({a.duck}, 'e', '__')")

    def bucket(self, prefix=""):
        """A time floored to a period."""
        column = self.column("time", prefix)
        seconds, unit, short = self.rng.choice([(60, "minute", "1m"), (3600, "hour", "1h"), (300, None, "5m")])
        sql = f"DATE_TRUNC('{unit}', {column.sql})" if unit else f"time_bucket(INTERVAL '5 minutes', {column.sql})"
        return Expr("time", sql, f"datefloor({column.insights}, {short})",
                    f"({column.duck} - {column.duck} % {seconds})")

    def any(self, depth, prefix=""):
        kind = self.rng.choice(["number", "number", "string", "address", "time"])
        if kind == "number":
            number = self.number(depth, prefix)  # a bare number in GROUP BY would be a place
            return self.column("number", prefix) if number.sql.isdigit() else number
        if kind == "string":
            return self.string(depth, prefix)
        if kind == "time" and self.rng.random() < 0.6:
            return self.bucket(prefix)
        return self.column(kind, prefix)

    # Conditions.

    def literal_address(self):
        address = self.rng.choice(V4 + V6)
        spelled = address
        if ":" in address and self.rng.random() < 0.5:
            spelled = ipaddress.ip_address(address).exploded.upper()
        return spelled, address

    def comparison(self, depth, prefix=""):
        rng = self.rng
        sign = rng.choice(["=", "!=", "<", "<=", ">", ">="])
        kind = rng.choice(["number", "number", "string", "address", "time"])
        if kind == "number":
            a, b = self.number(depth, prefix), self.number(max(depth - 1, 0), prefix)
            return Expr("bool", *[f"{x} {sign} {y}" for x, y in
                                  ((a.sql, b.sql), (a.insights, b.insights), (a.duck, b.duck))])
        if kind == "string":
            a, word = self.string(depth, prefix), quoted(rng.choice(WORDS))
            return Expr("bool", *[f"{x} {sign} {word}" for x in (a.sql, a.insights, a.duck)])
        if kind == "address":
            a = self.column("address", prefix)
            if rng.random() < 0.3:
                b = self.column("address", prefix)
                return Expr("bool", f"{a.sql} {sign} {b.sql}", f"{a.insights} {sign} {b.insights}",
                            f"{a.order} {sign} {b.order}")
            spelled, address = self.literal_address()
            return Expr("bool", f"{a.sql} {sign} {quoted(spelled)}", f"{a.insights} {sign} {quoted(spelled)}",
                        f"{a.order} {sign} {quoted(address_key(address))}")
        a = self.column("time", prefix)
        second = FIRST_SECOND + rng.randrange(NUM_SECONDS)
        sql = rng.choice([f"TIMESTAMP {quoted(iso(second))}", quoted(iso(second)), str(second), str(second * 1000),
                          f"UNIX_TIMESTAMP({quoted(iso(second))})"])
        return Expr("bool", f"{a.sql} {sign} {sql}", f"{a.insights} {sign} {rng.choice([second, second * 1000])}",
                    f"{a.duck} {sign} {second}")

    def condition(self, depth, prefix=""):
        rng = self.rng
        choice = rng.randrange(11)
        if depth > 0 and choice <= 3:
            a, b = self.condition(depth - 1, prefix), self.condition(depth - 1, prefix)
            if choice == 3:
                return Expr("bool", f"NOT ({a.sql})", f"not ({a.insights})", f"NOT ({a.duck})")
            word = ["AND", "OR", "AND"][choice]
            return Expr("bool", f"({a.sql}) {word} ({b.sql})", f"({a.insights}) {word.lower()} ({b.insights})",
                        f"({a.duck}) {word} ({b.duck})")
        if choice == 4:
            a = self.column("number", prefix)
            values = ", ".join(str(rng.choice([0, 2, 6, 17, 22, 53, 443])) for _ in range(rng.randrange(1, 4)))
            return Expr("bool", f"{a.sql} IN ({values})", f"{a.insights} in [{values}]", f"{a.duck} IN ({values})")
        if choice == 5:
            a = self.column("string", prefix)
            values = ", ".join(quoted(rng.choice(WORDS)) for _ in range(rng.randrange(1, 4)))
            return Expr("bool", f"{a.sql} NOT IN ({values})", f"{a.insights} not in [{values}]",
                        f"{a.duck} NOT IN ({values})")
        if choice == 6:
            a = self.column("number", prefix)
            low, high = rng.randrange(100), rng.randrange(50, 1000)
            return Expr("bool", f"{a.sql} BETWEEN {low} AND {high}",
                        f"({a.insights} >= {low} and {a.insights} <= {high})", f"{a.duck} BETWEEN {low} AND {high}")
        if choice == 7:
            a = self.column(rng.choice(["number", "string", "address"]), prefix)
            if rng.random() < 0.5:
                return Expr("bool", f"{a.sql} IS NULL", f"not ispresent({a.insights})", f"{a.duck} IS NULL")
            return Expr("bool", f"{a.sql} IS NOT NULL", f"ispresent({a.insights})", f"{a.duck} IS NOT NULL")
        if choice == 8:
            a = self.column("address", prefix)
            prefix_text = rng.choice(["10.0.0.0/8", "10.0.1.0/24", "2001:db8::/32", "0.0.0.0/0", "198.51.100.7/32"])
            low, high = prefix_bounds(prefix_text)
            sql = rng.choice([f"{a.sql} << {quoted(prefix_text)}", f"isIpInSubnet({a.sql}, {quoted(prefix_text)})"])
            return Expr("bool", sql, f"isIpInSubnet({a.insights}, {quoted(prefix_text)})",
                        f"({a.order} BETWEEN {quoted(low)} AND {quoted(high)})")
        if choice == 9:
            a = self.column(rng.choice(["string", "address"]), prefix)
            part = rng.choice(["10.0.", "::", "CC", "eni-", "1"])
            return Expr("bool", f"{a.sql} LIKE '%{part}%'", f"{a.insights} like '{part}'", f"{a.duck} LIKE '%{part}%'")
        return self.comparison(min(depth, 1), prefix)

    # Aggregates.

    def aggregate(self, prefix=""):
        rng = self.rng
        choice = rng.randrange(11)
        number = small = self.column("number", prefix)
        if rng.random() < 0.5:
            number = Expr("number", f"{prefix}bytes", "bytes", f'{prefix}"bytes"')
        if choice == 0:
            return Expr("number", "COUNT(*)", "count(*)", "count(*)")
        if choice in (1, 2):
            return Expr("number", f"SUM({number.sql})", f"sum({number.insights})", f"sum({number.duck})")
        if choice == 3:
            return Expr("double", f"AVG({number.sql})", f"avg({number.insights})", f"avg({number.duck})")
        if choice == 4:
            name = rng.choice(["MIN", "MAX"])
            a = self.any(0, prefix)
            if a.kind == "address":
                pick = {"MIN": "arg_min", "MAX": "arg_max"}[name]
                return Expr("address", f"{name}({a.sql})", f"{name.lower()}({a.insights})",
                            f"{pick}({a.duck}, {a.order})", f"{name}({a.order})")
            return Expr(a.kind, f"{name}({a.sql})", f"{name.lower()}({a.insights})", f"{name}({a.duck})")
        if choice == 5:
            a = self.any(0, prefix)
            return Expr("number", f"COUNT(DISTINCT {a.sql})", f"count_distinct({a.insights})",
                        f"count(DISTINCT {a.duck})")
        if choice == 6:
            a = self.any(0, prefix)
            return Expr("number", f"COUNT({a.sql})", f"count({a.insights})", f"count({a.duck})")
        if choice == 7:  # not of numbers near 2^54: Weir's is exact there, DuckDB's is not
            return Expr("double", f"STDDEV({small.sql})", f"stddev({small.insights})", f"stddev_pop({small.duck})")
        if choice == 8:
            percent = rng.choice([0, 5, 50, 90, 99, 100])
            return Expr("double", f"PERCENTILE_CONT({percent / 100}) WITHIN GROUP (ORDER BY {number.sql})",
                        f"pct({number.insights}, {percent})", f"quantile_cont(CAST({number.duck} AS DOUBLE), {percent / 100})")
        if choice == 9:
            condition = self.condition(1, prefix)
            return Expr("number", f"COUNT(*) FILTER (WHERE {condition.sql})", f"count(*)",
                        f"count(*) FILTER (WHERE {condition.duck})")
        return Expr("number", f"COUNT(DISTINCT {number.sql})", f"count_distinct({number.insights})",
                    f"count(DISTINCT {number.duck})")

    def keys(self, prefix=""):
        return [self.any(1, prefix) for _ in range(self.rng.choice([0, 1, 1, 2, 2, 3]))]


    # Whole questions.

    def selected(self, prefix=""):
        return [self.any(2, prefix) for _ in range(self.rng.randrange(1, 5))]

    @staticmethod
    def order_all(expressions, rng):
        """ORDER BY over enough columns for rows to have one order: text for Weir, text for DuckDB. Means
        and the like are left out, the last digits of which differ: beside them stand the groups' keys."""
        places = [i for i, e in enumerate(expressions) if e.kind != "double"]
        rng.shuffle(places)
        weir, duck = [], []
        for place in places:
            direction = rng.choice(["", " DESC"])
            nulls = rng.choice(["", "", " NULLS FIRST", " NULLS LAST"])
            weir.append(rng.choice([f"c{place}", str(place + 1)]) + direction + nulls)
            duck.append(f"o{place}" + direction + (nulls or " NULLS LAST"))
        return ", ".join(weir), ", ".join(duck)

    def finish_sql(self, weir_head, duck_head, weir_tail, duck_tail, shown, is_distinct=False):
        """Puts a SELECT together; DuckDB's shows each value as cN and what it is ordered by as oN."""
        rng = self.rng
        distinct = "DISTINCT " if is_distinct else ""
        weir = f"SELECT {distinct}" + ", ".join(f"{e.sql}{rng.choice([' AS', ''])} c{i}" for i, e in enumerate(shown))
        duck = f"SELECT {distinct}" + ", ".join(f"{e.duck} AS c{i}, {e.order} AS o{i}" for i, e in enumerate(shown))
        weir, duck = f"{weir} {weir_head} {weir_tail}", f"{duck} {duck_head} {duck_tail}"
        columns = ", ".join(f"c{i}" for i in range(len(shown)))
        is_ordered = rng.random() < 0.7 and any(e.kind != "double" for e in shown)
        if is_ordered:
            weir_order, duck_order = self.order_all(shown, rng)
            limit = ""
            if rng.random() < 0.6:
                count, offset = rng.randrange(1, 40), rng.choice([0, 0, 3])
                limit = f" LIMIT {count}" + (f" OFFSET {offset}" if offset else "")
                weir += f" ORDER BY {weir_order}" + (f" LIMIT {offset}, {count}" if rng.random() < 0.3 else limit)
            else:
                weir += f" ORDER BY {weir_order}"
            duck = f"SELECT {columns} FROM ({duck}) ORDER BY {duck_order}{limit}"
        else:
            duck = f"SELECT {columns} FROM ({duck})"
        return Question("sql", weir, duck, [e.kind for e in shown], is_ordered)

    def sql_records(self):
        where = self.condition(3)
        return self.finish_sql("FROM flows", "FROM flows", f"WHERE {where.sql}", f"WHERE {where.duck}",
                               self.selected(), self.rng.random() < 0.3)

    def sql_groups(self):
        rng = self.rng
        keys, aggregates = self.keys(), [self.aggregate() for _ in range(rng.randrange(1, 4))]
        shown = keys + aggregates
        where = self.condition(2)
        weir_tail, duck_tail = f"WHERE {where.sql}", f"WHERE ({where.duck})"
        having = ("", "")
        numbers = [i for i, e in enumerate(aggregates) if e.kind == "number"]
        if rng.random() < 0.4 and numbers:
            place = rng.choice(numbers)
            limit = rng.choice([0, 1, 3, 1000])
            having = (f" HAVING c{len(keys) + place} > {limit}", f" HAVING {aggregates[place].duck} > {limit}")
        group_weir = group_duck = ""
        if keys:
            group_weir = " GROUP BY " + ", ".join(
                rng.choice([e.sql, f"c{i}", str(i + 1)]) for i, e in enumerate(keys))
            group_duck = " GROUP BY " + ", ".join(
                e.duck + (f", {e.order}" if e.duck_order else "") for e in keys)
        question = self.finish_sql("FROM flows", "FROM flows", weir_tail + group_weir + having[0],
                                   duck_tail + group_duck + having[1], shown)
        # Records without traffic form no group of addresses unless the statement thinks of nulls.
        if not re.search(r"(?i)log.?status|is (not )?null|coalesce", question.text):
            if any(key.kind == "address" for key in keys):
                question.duck = question.duck.replace(duck_tail, f"{duck_tail} AND log_status = 'OK'", 1)
        return question

    def sql_subquery(self):
        rng = self.rng
        key = self.column(rng.choice(["number", "string"]))
        where = self.condition(2)
        inner = (f"SELECT {key.sql} AS k, SUM(packets) AS total, COUNT(*) AS n FROM flows WHERE {where.sql} "
                 f"GROUP BY {key.sql}",
                 f"SELECT {key.duck} AS k, sum(packets) AS total, count(*) AS n FROM flows WHERE {where.duck} "
                 f"GROUP BY {key.duck}")
        limit = rng.choice([1, 5, 50])
        shown = [Expr(key.kind, "k", "k", "k"), Expr("number", "total * 2", "", "total * 2"),
                 Expr("number", "CASE WHEN n > 10 THEN n ELSE 0 END", "", "CASE WHEN n > 10 THEN n ELSE 0 END")]
        if rng.random() < 0.5:
            question = self.finish_sql(f"FROM ({inner[0]}) AS t", f"FROM ({inner[1]}) AS t",
                                       f"WHERE t.total > {limit}", f"WHERE t.total > {limit}", shown)
        else:
            question = self.finish_sql("FROM t", "FROM t", f"WHERE n >= {limit}", f"WHERE n >= {limit}", shown)
            question.text = f"WITH t AS ({inner[0]}) {question.text}"
            question.duck = f"WITH t AS ({inner[1]}) {question.duck}"
        return question

    def sql_join(self):
        rng = self.rng
        kind = rng.choice(["JOIN", "INNER JOIN", "LEFT JOIN"])
        pairs = rng.choice([[("srcaddr", "dstaddr"), ("dstaddr", "srcaddr")], [("srcaddr", "pkt_srcaddr"), ("dstport", "dstport")],
                            [("interface_id", "interface_id"), ("start", "start"), ("srcaddr", "srcaddr")]])
        condition = " AND ".join(f"a.{x} = b.{y}" for x, y in pairs)
        duck_condition = condition
        if rng.random() < 0.5:
            condition += " AND a.start <= b.end AND b.start <= a.end"
            duck_condition += ' AND a.start <= b."end" AND b.start <= a."end"'
        if rng.random() < 0.5:
            extra = self.condition(1, "b.")
            condition += f" AND ({extra.sql})"
            duck_condition += f" AND ({extra.duck})"
        where = self.condition(1, "a.")
        shown = [self.column("string", "a."), self.column("number", "b."), self.aggregate("b."),
                 Expr("number", "COUNT(*)", "", "count(*)")]
        group = ", ".join(e.sql for e in shown[:2]), ", ".join(e.duck for e in shown[:2])
        return self.finish_sql(f"FROM flows a {kind} flows b ON {condition}", f"FROM flows a {kind} flows b ON {duck_condition}",
                               f"WHERE {where.sql} GROUP BY {group[0]}", f"WHERE {where.duck} GROUP BY {group[1]}", shown)

    def sql_union(self):
        kinds = [self.rng.choice(["number", "string", "time"]) for _ in range(2)]
        parts = []
        for _ in range(2):
            columns = [self.column(kind) for kind in kinds]
            where = self.condition(2)
            parts.append((f"SELECT {columns[0].sql} AS c0, {columns[1].sql} AS c1 FROM flows WHERE {where.sql}",
                          f"SELECT {columns[0].duck} AS c0, {columns[1].duck} AS c1 FROM flows WHERE {where.duck}"))
        word = self.rng.choice(["UNION ALL", "UNION ALL", "UNION"])
        order = " ORDER BY c1 DESC NULLS LAST, c0 NULLS LAST LIMIT 50"
        return Question("sql", f"{parts[0][0]} {word} {parts[1][0]}{order}", f"{parts[0][1]} {word} {parts[1][1]}{order}",
                        kinds, True)

    def insights_records(self):
        shown = self.selected()
        where = self.condition(3)
        text = f"filter {where.insights} | fields " + ", ".join(f"{e.insights} as c{i}" for i, e in enumerate(shown))
        duck = ("SELECT " + ", ".join(f"{e.duck} AS c{i}" for i, e in enumerate(shown)) +
                f" FROM flows WHERE {where.duck}")
        return Question("insights", text, duck, [e.kind for e in shown], False)

    def insights_groups(self):
        rng = self.rng
        keys, aggregates = self.keys(), [self.aggregate() for _ in range(rng.randrange(1, 4))]
        aggregates = [e for e in aggregates if "FILTER" not in e.sql] or [Expr("number", "COUNT(*)", "count(*)", "count(*)")]
        where = self.condition(2)
        stats = ", ".join(f"{e.insights} as a{i}" for i, e in enumerate(aggregates))
        names = [f"k{i}" for i in range(len(keys))]
        fields = "".join(f" | fields {e.insights} as {name}" for e, name in zip(keys, names))
        by = f" by {', '.join(names)}" if keys else ""
        text = f"filter {where.insights}{fields} | stats {stats}{by}"
        duck = ("SELECT " + ", ".join([f"{e.duck} AS k{i}" for i, e in enumerate(keys)] +
                                      [f"{e.duck} AS a{i}" for i, e in enumerate(aggregates)]) +
                f" FROM flows WHERE ({where.duck})")
        if keys:
            duck += " GROUP BY " + ", ".join(e.duck for e in keys)
        kinds = [e.kind for e in keys + aggregates]
        numbers = [i for i, e in enumerate(aggregates) if e.kind == "number"]
        if numbers and rng.random() < 0.4:
            place, limit = rng.choice(numbers), rng.choice([0, 1, 5, 1000])
            text += f" | filter a{place} >= {limit}"
            duck = f"SELECT * FROM ({duck}) WHERE a{place} >= {limit}"
        return Question("insights", text, duck, kinds, False)

    def insights_sorted(self):
        """Nulls come first, and last when descending."""
        rng = self.rng
        shown = [self.number(1) if rng.random() < 0.6 else self.bucket() for _ in range(rng.randrange(1, 4))]
        where = self.condition(2)
        places = list(range(len(shown)))
        rng.shuffle(places)
        directions = [(place, rng.random() < 0.5) for place in places]
        count = rng.randrange(1, 60)
        text = (f"filter {where.insights} | fields " + ", ".join(f"{e.insights} as c{i}" for i, e in enumerate(shown)) +
                " | sort " + ", ".join(f"c{i} {'desc' if down else 'asc'}" for i, down in directions) + f" | limit {count}")
        duck = ("SELECT " + ", ".join(f"{e.duck} AS c{i}" for i, e in enumerate(shown)) + f" FROM flows WHERE {where.duck}"
                " ORDER BY " + ", ".join(f"c{i} {'DESC NULLS LAST' if down else 'ASC NULLS FIRST'}" for i, down in directions) +
                f" LIMIT {count}")
        return Question("insights", text, duck, [e.kind for e in shown], True)

    def question(self):
        rng = self.rng
        return rng.choice([self.sql_records, self.sql_groups, self.sql_groups, self.sql_subquery, self.sql_join,
                           self.sql_union, self.insights_records, self.insights_groups, self.insights_groups,
                           self.insights_sorted])()
