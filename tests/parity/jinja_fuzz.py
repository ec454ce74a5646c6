"""Random templates over a small set of values, some of which fail."""
import random

ATOMS = ["0", "1", "2", "-3", "7", "2.5", "0.1", "true", "false", "none", "''", "'a'", "'Ab c'", "' x\\n'", "'é北'", "'a,b,,c'",
         "[]", "[1, 2, 3]", "['b', 'A', 'c']", "(1, 'x')", "{}", "{'a': 1, 'b': 'two'}", "[[1, 'p'], [2, 'q']]",
         "x", "name", "items", "conf", "nothing", "number", "words", "conf.deep", "items[0]", "name[1]", "range(4)"]
VARIABLES = {"name": "Grüße, <b>World</b>", "number": 42, "words": ["one", "Two", "three", "two"], "nothing": None,
             "items": [{"n": 2, "s": "b", "t": "x"}, {"n": 1, "s": "A"}, {"n": 3, "s": "c", "t": None}],
             "conf": {"z": 1, "a": [1, 2.5, None, True], "deep": {"k": "v \"q\" \\ \n"}, "f": 1e-7}}
BINARY = ["+", "-", "*", "//", "/", "%", "~", "==", "!=", "<", ">", "<=", ">=", "in", "not in", "and", "or"]
FILTERS = ["upper", "lower", "trim", "length", "list", "first", "last", "string", "int", "float", "abs", "tojson", "join", "join('-')",
           "reverse", "sort", "default('d')", "default('d', true)", "replace('a', 'ee')", "capitalize", "title", "round", "round(1)",
           "dictsort", "items", "unique", "sum", "max", "min", "map('upper')", "map('string') | list", "select | list", "count",
           "map(attribute='n') | list", "selectattr('t') | list", "rejectattr('t', 'defined') | list", "sort(attribute='n')",
           "tojson(indent=2)", "tojson(separators=(',', ':'))", "tojson(ensure_ascii=true)", "select('string') | list", "indent(3)",
           "map('int') | sum", "reverse | list", "trim('aA ')", "safe", "reject('none') | list", "sort(reverse=true)"]
TESTS = ["defined", "undefined", "none", "string", "number", "integer", "float", "boolean", "mapping", "sequence", "iterable", "true",
         "false", "odd", "even", "divisibleby(2)", "upper", "lower", "in [1, 'a']", "equalto 1", "gt 1", "eq('a')"]
METHODS = ["strip()", "lstrip('a')", "rstrip()", "split(',')", "split()", "split(',', 1)", "rsplit(',', 1)", "startswith('a')",
           "endswith(('c', ' '))", "replace('b', '')", "upper()", "title()", "find('b')", "get('a')", "get('q', 5)", "items() | list",
           "keys() | list", "values() | list", "splitlines()", "partition(',')", "count('b')", "join(['p', 'q'])", "isdigit()",
           "removeprefix('A')", "islower()", "index('a')"]
SLICES = ["[0]", "[-1]", "[1:]", "[:-1]", "[::-1]", "[1:3]", "[::2]", "['a']", ".a", ".n", "[5]", "[-2:]", ".deep.k"]


def expression(choose, depth):
    kind = choose.random()
    if depth == 0 or kind < 0.12:
        return choose.choice(ATOMS)
    inner = lambda: expression(choose, depth - 1)
    if kind < 0.36:
        return f"{inner()} {choose.choice(BINARY)} {inner()}"
    if kind < 0.58:
        return f"({inner()}) | {choose.choice(FILTERS)}" if choose.random() < 0.5 else f"{choose.choice(ATOMS)} | {choose.choice(FILTERS)}"
    if kind < 0.66:
        return f"({inner()}) is {'not ' if choose.random() < 0.3 else ''}{choose.choice(TESTS)}"
    if kind < 0.76:
        return f"({inner()}).{choose.choice(METHODS)}"
    if kind < 0.85:
        return f"({inner()}){choose.choice(SLICES)}"
    if kind < 0.9:
        return f"(not {inner()})"
    if kind < 0.94:
        return f"[{inner()}, {inner()}]"
    return f"({inner()} if {inner()} else {inner()})"


def blank(choose):
    return choose.choice(["", "", " ", "\n", "  \n", "\n  ", " \n \n  "])


def tag(choose, text):
    return "{%" + choose.choice(["", "", "-", "+"]) + f" {text} " + choose.choice(["", "", "-", "+"]) + "%}"


def template(choose, depth=2):
    parts = []
    for _ in range(choose.randint(1, 3)):
        kind, inner = choose.random(), lambda: template(choose, depth - 1)
        if depth == 0 or kind < 0.4:
            parts.append("{{" + choose.choice(["", "-"]) + f" {expression(choose, 2)} " + choose.choice(["", "-"]) + "}}")
        elif kind < 0.55:
            parts += [tag(choose, f"if {expression(choose, 2)}"), inner(), tag(choose, "else"), inner(), tag(choose, "endif")]
        elif kind < 0.75:
            items = choose.choice(["words", "items", "conf", "range(3)", "[]", "'ab'", "words if x else items"])
            parts += [tag(choose, f"for x in {items}"), "{{ loop.index }}{{ loop.last }}", inner(), tag(choose, "endfor")]
        elif kind < 0.85:
            parts.append(tag(choose, f"set x = {expression(choose, 2)}"))
        elif kind < 0.93:
            parts += [tag(choose, "set x"), inner(), tag(choose, "endset")]
        else:
            parts.append("{#" + choose.choice(["", "-"]) + " note " + choose.choice(["", "-"]) + "#}")
        parts.append(choose.choice(["", "t", " t "]) + blank(choose))
    return blank(choose) + "".join(parts)


def templates(seed, count):
    choose = random.Random(seed)
    return [template(choose) if i % 2 else "{{ " + expression(choose, 3) + " }}" for i in range(count)]
