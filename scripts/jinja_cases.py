#!/usr/bin/env python3
"""Renders snippets with the Jinja2 environment of transformers; JinjaCasesTest renders them again in Java.

Needs transformers (5.x) with Jinja2 3.1:
    python scripts/jinja_cases.py engine/src/test/resources/golden/jinja_cases.json
"""

import copy
import datetime
import json
import sys

import jinja2
from transformers.utils import chat_template_utils

NOW = datetime.datetime(2026, 2, 3, 4, 5, 6, 789)


class FixedTime:
    @staticmethod
    def now():
        return NOW


chat_template_utils.datetime = FixedTime

VARIABLES = {
    "name": "Ines",
    "text": "  Grüße, <b>Welt</b> & \"you\" 🙂\n",
    "empty": "",
    "words": ["b", "A", "c", "a", "B"],
    "numbers": [3, 1, 2, 10],
    "nested": {"list": [1, [2, 3]], "map": {"k": "v"}, "none": None, "yes": True, "items": "own", "float": 1.5},
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "6*7?", "extra": None},
        {"role": "assistant", "content": "42", "tool_calls": [{"function": {"name": "f", "arguments": {"a": 1}}}]},
        {"role": "user", "content": [{"type": "text", "text": "one"}, {"type": "image"}, {"type": "text", "text": "two"}]},
    ],
    "people": [
        {"name": "Bo", "age": 30, "city": "Rom", "at": {"work": True}},
        {"name": "al", "age": 25, "city": "oslo", "at": {"work": False}},
        {"name": "Cy", "age": 30, "city": "Oslo", "at": {"work": True}},
        {"name": "Di", "city": "rom", "at": {}},
    ],
    "tool": {
        "name": "look_up",
        "description": "Finds <b> & \"things\" – ü.",
        "parameters": {"type": "object", "properties": {"q": {"type": "string"}, "n": {"type": ["integer", "null"]}}, "required": []},
    },
    "yes": True,
    "no": False,
    "nothing": None,
    "zero": 0,
    "pi": 3.14159,
    "big": 12345678901234567890,
}

# One template a line; they are grouped by what they are about.
EXPRESSIONS = r"""
1 + 2 * 3
(1 + 2) * 3
7 // 2
-7 // 2
7 // -2
-7 % 3
7 % -3
7.5 // 2
-7.5 // 2
-7.5 % 2
7 / 2
6 / 3
2 ** 10
2 ** -1
2 ** 3 ** 2
-2 ** 2
2 ** 0.5
1e3
1E-5
1.5e300 * 1e10
0x1f + 0b101 + 0o17
1_000_000
1.0
100000000000000000.0
1e16
123456789012345.0
1234567890123456.0
12345678901234567.0
0.0001
0.00001
0.1 + 0.2
1/3
-0.0
big * big
big / 3
big // 7
10 ** 30
true + true
true * 3
1 == 1.0
1 == true
'1' == 1
none == none
nothing is none
[1, 2] == [1, 2]
[1, 2] == (1, 2)
{'a': 1} == {'a': 1.0}
1 < 2 < 3
1 < 3 < 2
3 > 2 > 1 == true
'a' < 'b'
'Z' < 'a'
[1, 2] < [1, 3]
(1,) < (1, 0)
'a' in 'cat'
'x' not in 'cat'
'' in 'cat'
1 in numbers
'role' in messages[0]
'k' in nested.map
2 in (1, 2)
'a' in nothing
1 in 'abc'
not yes
not yes or yes
not (yes and no)
not no and yes
not x is defined
not yes is defined
not 1 == 2
x is not defined and yes
yes and name
no or empty or 'z'
empty and 1
'' or none
zero or 'fallback'
'a' ~ 1 ~ none ~ true ~ 1.0 ~ [1]
1 ~ 2 + 3
'a' + 'b' * 3
3 * 'ab'
'ab' * 0
'ab' * -1
[1] * 3
[1] + [2]
(1, 2) + (3,)
[0] * 2 + [1]
'a' 'b' "c"
'a' + 1
1 + 'a'
[1] + (2,)
none + 1
'a' - 'b'
x + 1
x ~ 'a'
x.y
x['y']
x == y
x is defined
x
-x
x < 1
x and 1
x or 1
not x
x in [1]
yes.foo
nested.foo
nested.foo.bar
nested['foo']
nested.foo is defined
nested.foo is undefined
messages[0].role
messages[-1]['role']
messages[99]
messages[99].role
messages[99] is defined
messages[0]['foo']
messages.0.role
nested.list[1][0]
nested.list.1.1
nested['map']['k']
nested.items
nested['items']
nested.items() | list
messages[0].items() | list
messages[0].keys() | list
messages[0].values() | list
messages[0].keys()
messages[0].items()
messages[0].values()
'role' in messages[0].keys()
'user' in messages[1].values()
messages[0].get('role')
messages[0].get('foo')
messages[0].get('foo', 'd')
nested.get('none', 'd')
messages[0].copy()
messages[0].pop('role')
messages[0].pop
messages[0].pop is defined
messages[0].update({})
messages[0].clear()
numbers.append(1)
numbers.append
numbers.sort()
numbers.index(2)
numbers.index(99)
numbers.count(1)
(1, 2, 1).count(1)
(1, 2, 1).index(2)
numbers.copy()
numbers.foo
numbers.foo is defined
numbers['foo'] is defined
name.foo is defined
name.upper is defined
name.upper is callable
name.__class__
name.__class__ is defined
name.__class__.__mro__
messages.__len__()
nothing.foo
nothing.foo is defined
nothing[0]
nothing[0:1]
zero.foo
name[0]
name[-1]
name[10] is defined
name[1:3]
name[::-1]
name[::2]
name[-3:]
name[:-1]
name[5:]
name[:100]
name[3:1]
name[3:0:-1]
name[::0]
name['a':]
text[3:8]
text[-3]
text | length
text[::-1]
numbers[::-1]
numbers[1:]
numbers[:-1]
numbers[::2]
numbers[-2:]
numbers[2:0:-1]
numbers[:]
numbers[none:2]
(1, 2, 3)[1:]
messages[::-1][0].role
messages[1:] | length
messages[:0]
nested[1:]
x[1:]
range(5)
range(5) | list
range(1, 5) | list
range(5, 1, -2) | list
range(0)
range(2, 10, 3)
range(0, 10, 0)
range(3)[1]
range(3)[-1]
2 in range(3)
range(100001)
range(100000) | length
range('a')
range(1.5)
dict(a=1, b='x')
dict({'a': 1}, b=2)
dict([('a', 1), ['b', 2]])
dict()
{}
{'a': 1, 'b': [1, 2], 3: none}
{'a': 1,}
{1: 'a', 1.0: 'b', true: 'c'}
{1: 'a'}[1.0]
{[1]: 2}
{(1, 2): 3}
{(1, 2): 3}[(1, 2)]
[]
[1, 'a', none, true, 1.5, x]
[1, 2,]
()
(1,)
(1)
(1, 2)
1, 2
1,
"it's"
['it\'s', "say \"x\"", 'both \' and "']
['a\nb\t\\', 'ü', '\x00', '\x7f', '🙂', '\u200b', '\xa0']
'a\nb'
'\x41\u00fc\U0001F642\101\0'
'\q\'\"'
'\ü'
'tab\there'
'a\
b'
"\N{BULLET}"
'\x4'
'unterminated
1 if yes else 2
1 if no else 2
1 if no
(1 if no) is defined
1 if no else 2 if no else 3
'a' if yes and not no else 'b'
yes if no else no
name if name is string else 'x'
raise_exception('no ' ~ name)
raise_exception(1)
raise_exception()
raise_exception('a', 'b')
name()
foo()
nested.foo()
name.upper(1)
namespace(a=1).a
namespace(a=1)['a']
namespace({'a': 2}).a
namespace(a=1).b
namespace(a=1).b is defined
namespace(_a=1)
namespace(a=1, b='x')
strftime_now('%Y-%m-%d')
strftime_now('%d %b %Y')
strftime_now('%B %d, %Y')
strftime_now('%A %a %H:%M:%S %I %p %j %y %m %%')
strftime_now('%e|%-d|%-m|%-H|%-I')
strftime_now('%c|%x|%X|%D|%F|%T|%R|%f|%U|%W|%w|%u|%V|%G|%C|%Z|%z')
strftime_now()
lipsum is defined
1 2
1 +
+ 1
- - 1
not
(1
1)
[1
{1}
{'a' 1}
a b
a.
a.'b'
a..b
1.foo
a[]
a[1
@
a ! b
a = 1
a is
a is foo
a | foo
a |
f(a=1, 2)
f(a=1, a=2)
1 is number is integer
1 is defined is defined
self
loop
loop.index
caller
true and True, false or False, none, None
"a" if x is defined and x.y else "b"
[messages[0].role, messages[1].role]
{'r': messages[0].role}['r']
messages[0]['ro' ~ 'le']
((((1))))
[[1, [2]], {'a': {'b': (1, 2)}}]
"{{ 1 }} {% if %} {# #}"
"}}"
{'a': {'b': 1}}
{'a': {'b': 1}}.a.b
{'a':1}['a']
-1 | abs
-numbers[0]
+1
-name
+none
- 1.5
yes | abs
1 if yes else
""" r"""
"""

FILTERS = r"""
text | trim
text | trim | length
'xxaxx' | trim('x')
'xyaxy' | trim('yx')
name | upper
name | lower
'hELLO wORLD' | capitalize
"it's a-b (c) {d} [e] <f> ünï ẞ" | title
'ß' | upper
12 | upper
none | lower
x | upper
x | trim
words | join
words | join(', ')
numbers | join('-')
people | join(', ', attribute='name')
x | join(',')
none | join(',')
'abc' | join('-')
[1, none, true, x] | join('|')
nested | join(',')
words | length
words | count
nested | length
x | length
none | length
1 | length
x | default('d')
x | default
x | d('e')
empty | default('d')
empty | default('d', true)
none | default('d')
none | default('d', boolean=true)
zero | d(5, true)
nested.foo | default('d')
nested.foo.bar | default('d')
words | first
words | last
[] | first
[] | first is defined
[] | last
name | first
name | last
nested | first
x | first
none | first
(words | map('upper') | list) | last
words | map('upper') | last
words | list
name | list
nested | list
x | list
none | list
range(3) | list
words | map('upper') | list
words | map('upper') | join(',')
words | map('length') | sum
people | map(attribute='name') | list
people | map(attribute='age') | list
people | map(attribute='age', default=0) | list
people | map(attribute='at.work') | list
nested.list | map(attribute='0') | list
[[1, 2], [3, 4]] | map(attribute=1) | list
[[1, 2], [3, 4]] | map('first') | list
[[1, 2], [3, 4]] | map('join', '-') | list
['a', 'b'] | map('replace', 'a', 'x') | list
words | map('foo') | list
words | map
words | map | list
words | map(attribute='x', foo=1) | list
none | map('upper') | list
x | map('upper') | list
5 | map('upper') | list
words | map('upper') | length
words | map('upper') is iterable
(words | map('upper')) is sequence
(words | map('upper')) is defined
people | selectattr('age') | map(attribute='name') | list
people | selectattr('age', 'defined') | map(attribute='name') | list
people | selectattr('age', 'equalto', 30) | map(attribute='name') | list
people | selectattr('age', '==', 30) | list | length
people | selectattr('at.work') | map(attribute='name') | list
people | rejectattr('at.work') | map(attribute='name') | list
people | rejectattr('age', 'undefined') | map(attribute='name') | list
people | selectattr('city', 'in', ['Rom', 'Oslo']) | map(attribute='name') | join(' ')
people | selectattr('age', 'gt', 26) | list
messages | selectattr('role', 'equalto', 'user') | list | length
messages | rejectattr('role', 'eq', 'system') | map(attribute='role') | join
messages | selectattr('role', 'foo') | list
messages | selectattr | list
numbers | select('odd') | list
numbers | select('even') | list
numbers | reject('odd') | list
numbers | select('divisibleby', 3) | list
numbers | select('>', 2) | list
[0, 1, '', 'a', none, []] | select | list
[0, 1, '', 'a', none, []] | reject | list
words | select('in', 'ab') | list
[1, 'a', none] | select('string') | list
'aXbXc' | replace('X', '-')
'aaaa' | replace('a', 'b', 2)
'abc' | replace('', '-')
'aaa' | replace('a', 'bb', count=1)
12 | replace(1, 3)
x | replace('a', 'b')
'12' | int
' 12 ' | int
'-1_000' | int
'12.7' | int
'abc' | int
'abc' | int(-1)
'abc' | int(default=7)
'ff' | int(base=16)
'0xff' | int(0, 16)
'0b11' | int(0, 0)
'z' | int(5, 99)
3.99 | int
-3.99 | int
true | int
none | int
none | int(3)
[] | int
x | int
'1e3' | int
'inf' | int
'nan' | float | int
'1e400' | float | int
'1.5' | float
'1e3' | float
'abc' | float
'abc' | float(2.5)
' -2.50 ' | float
'inf' | float
'-Infinity' | float
'1_0.5' | float
3 | float
none | float
x | float
12 | string
none | string
[1, 'a'] | string
nested | string
text | string
42.55 | round
42.55 | round(1)
42.55 | round(1, 'floor')
42.51 | round(1, 'ceil')
2.5 | round
3.5 | round
-2.5 | round
2.675 | round(2)
42 | round
1234.5 | round(-2)
1234 | round(-2)
1250 | round(-2)
42.4 | round | int
42 | round(1, 'ceil')
5 | round(0, 'floor')
42.4 | round(method='foo')
'a' | round
1.5 | round(none)
-3 | abs
-3.5 | abs
'a' | abs
'<a href="x">\'&' | escape
'<' | e
('<' | e) ~ '<'
('<' | e) + '<'
'<' + ('>' | safe)
'<b>' | safe
['<' | safe]
('<' | safe) | upper
('<' | safe) | length
('<' | safe) == '<'
('<' | safe) is string
('<' | safe) is escaped
none | e
tool | tojson | safe
'a\nb\n\nc' | indent
'a\nb\n\nc' | indent(2)
'a\nb' | indent(2, true)
'a\nb' | indent(2, first=true)
'a\n\nb' | indent(2, blank=true)
'a\nb' | indent('> ')
'a\nb\n' | indent(1)
'' | indent
12 | indent
x | indent
'a b  c_d é1-2' | wordcount
'foo bar baz qux' | truncate(9)
'foo bar baz qux' | truncate(9, true)
'foo bar baz qux' | truncate(11)
'foo bar baz qux' | truncate(11, false, '...', 0)
'abc' | center(9)
'abc' | center(8) ~ '|'
'%s is %d and %.2f' | format(name, 3, pi)
'%(a)s-%(b)05d' | format(a='x', b=42)
'%s' | format
'%s' | format(1, 2)
words | sort
words | sort(case_sensitive=true)
words | sort(reverse=true)
numbers | sort
numbers | sort(true)
people | sort(attribute='name') | map(attribute='name') | list
people[:3] | sort(attribute='age,name') | map(attribute='name') | list
people[:3] | sort(attribute='age', reverse=true) | map(attribute='name') | list
people | sort(attribute='age')
[1, 'a'] | sort
[[2, 1], [1, 2]] | sort
nested.map | sort
words | unique | list
words | unique(case_sensitive=true) | list
people | unique(attribute='city') | map(attribute='name') | list
[[1], [1]] | unique | list
[1, 1.0, true, '1'] | unique | list
numbers | reverse | list
name | reverse
numbers | reverse
(numbers | reverse) | first
numbers | reverse | length
nested.map | reverse | list
none | reverse
numbers | min
numbers | max
words | min
words | max(case_sensitive=true)
people[:3] | max(attribute='age')
[] | min
[] | min is defined
[1, 'a'] | max
numbers | sum
people[:3] | sum(attribute='age')
people[:3] | sum('age', 100)
[[1], [2]] | sum(start=[])
['a'] | sum
[0.1, 0.2] | sum
[] | sum
numbers | batch(3) | list
numbers | batch(3, 0) | list
numbers | slice(3) | list
numbers | slice(3, 'x') | list
[] | batch(2) | list
{'b': 1, 'A': 2, 'c': 0} | dictsort
{'b': 1, 'A': 2, 'c': 0} | dictsort(true)
{'b': 1, 'A': 2, 'c': 0} | dictsort(false, 'value')
{'b': 1, 'A': 2} | dictsort(by='value', reverse=true)
{'b': 1} | dictsort(by='x')
[1] | dictsort
{'a': 1, 'b': 2} | items | list
x | items | list
[1] | items | list
nested.map | items
people | groupby('city')
people[:3] | groupby('age') | map('first') | list
people | groupby('age', default=0) | map(attribute='grouper') | list
people | groupby('city', case_sensitive=true) | map(attribute='0') | list
tool | tojson
tool | tojson(indent=2)
tool | tojson(indent=4, ensure_ascii=true)
tool | tojson(indent='\t')
tool | tojson(indent=0)
tool | tojson(sort_keys=true)
tool | tojson(separators=(',', ':'))
tool | tojson(true)
tool | tojson(false, 2)
tool | tojson(indent=2, separators=(',', ': '))
tool | tojson(foo=1)
text | tojson
text | tojson(ensure_ascii=True)
'\x00\x1f\x7f\u2028\b\f/\\' | tojson
[1, 1.0, 1e16, 1e-7, true, none, 'a', [], {}, (1, 2)] | tojson
[[], {}, [[]]] | tojson(indent=1)
{1: 2, none: 3, true: 4, 1.5: 5} | tojson
{(1, 2): 3} | tojson
{'b': 1, 'a': {'d': 1, 'c': 2}} | tojson(sort_keys=true)
{1: 1, 'a': 2} | tojson(sort_keys=true)
x | tojson
range(2) | tojson
words | map('upper') | tojson
'nan' | float | tojson
big | tojson
messages | tojson
messages[0].items() | tojson
12 | foo
foo | foo.bar
name | upper | lower | title
name | upper()
name | upper(1)
name | default(foo=1)
name|lower~'x'
name | replace
messages | map(attribute='content') | select('string') | map('length') | list
words | map('upper') | map('lower') | list | length
not words | length > 3
words | length * 2
-1 | string ~ 'a'
1 + 2 | string | length
words | random
name | urlencode
name | attr('upper')
'a' is filter
'upper' is filter
'even' is test
'foo' is test
'urlize' is filter
"""

TESTS = r"""
1 is defined
x is undefined
none is none
x is none
'a' is string
1 is string
1 is number
1.0 is number
true is number
'1' is number
1 is integer
true is integer
1.0 is integer
1.0 is float
1 is float
true is boolean
1 is boolean
true is true
1 is true
false is false
0 is false
{} is mapping
[] is mapping
x is mapping
[] is sequence
'a' is sequence
{} is sequence
() is sequence
1 is sequence
none is sequence
x is sequence
range(2) is sequence
{}.items() is sequence
[] is iterable
'a' is iterable
1 is iterable
none is iterable
x is iterable
{}.keys() is iterable
name.upper is iterable
range is callable
name is callable
x is callable
1 is eq 1
1 is equalto 2
1 is == 1
1 is sameas 1
true is sameas true
none is sameas none
1 is sameas true
nested is sameas nested
[] is sameas []
1 is ne 2
1 is != 1
1 is lt 2
1 is le 1
1 is gt(0)
1 is ge 2
1 is lessthan 2
1 is greaterthan 2
1 is in [1, 2]
'a' is in 'abc'
1 is not in [1, 2]
1 is not defined
3 is odd
3 is even
-3 is odd
3.0 is odd
'a' is odd
9 is divisibleby 3
9 is divisibleby(4)
9 is divisibleby 0
'abc' is lower
'aBc' is lower
'ABC' is upper
'1' is upper
12 is lower
1 is foo
1 is defined and 2 is defined
1 is not none and yes
name is string and name | length > 2
x is not defined or x.y
messages is iterable and messages is not string
messages[3].content is string
messages[3].content is not mapping
1 is divisibleby
1 is eq
not 1 is eq 1
(1 is eq 1) == true
1 is eq 1 == true
name is eq name[0:4]
"""

STRINGS = r"""
'  a b '.strip() ~ '|'
'  a b '.lstrip() ~ '|'
'  a b '.rstrip() ~ '|'
'xxaxx'.strip('x')
'abcba'.strip('ab')
'\n\n a \n'.strip('\n') ~ '|'
'\x1c\u2003a\u00a0'.strip()
'a'.strip(none)
'a'.strip(1)
'<think>x</think>y'.split('</think>')
'<think>x</think>y'.split('</think>')[-1].lstrip('\n')
'a,b,,c'.split(',')
'a,b,,c'.split(',', 1)
'a,b,,c'.split(',', maxsplit=2)
'a,b,,c'.split(sep=',')
' a  b\tc\n'.split()
' a  b  c '.split(none, 1)
''.split()
''.split(',')
'abc'.split('')
'abc'.split(1)
'a,b,,c'.rsplit(',')
'a,b,,c'.rsplit(',', 1)
' a  b  c '.rsplit(none, 1)
' a b c '.rsplit(maxsplit=1)
'a\nb\r\nc\rd\x0be\u2028f\n'.splitlines()
'a\nb\r\nc'.splitlines(true)
'a\nb\n'.splitlines(keepends=true)
''.splitlines()
'abc'.startswith('ab')
'abc'.startswith('bc', 1)
'abc'.startswith(('x', 'a'))
'abc'.startswith('')
'abc'.startswith(['a'])
'abc'.startswith('abc', 0, 2)
'abc'.endswith('bc')
'abc'.endswith(('x', 'c'))
'abc'.endswith('b', 0, 2)
'abc'.endswith(1)
'aBc'.upper() ~ 'aBc'.lower() ~ 'aBc'.swapcase()
"they're bill's friends ǆ".title()
'ǆ ßa'.title()
'hELLO'.capitalize()
'ß'.capitalize() ~ 'ŉ'.upper()
'ΑΣ'.lower() ~ 'İ'.lower() | length
'aaa'.replace('a', 'b')
'aaa'.replace('a', 'b', 2)
'aaa'.replace('a', 'b', -1)
'aaa'.replace('', '-')
'a🙂b'.replace('', '-')
'aaa'.replace('', '-', 2)
''.replace('', 'x')
'aaa'.replace('a')
'aaa'.replace('a', 1)
'aaa'.replace('a', 'b', count=1)
', '.join(['a', 'b'])
', '.join(words)
', '.join([1])
','.join('abc')
','.join({'a': 1, 'b': 2})
','.join(words | map('upper'))
','.join()
'abcabc'.find('c')
'abcabc'.find('c', 3)
'abcabc'.find('x')
'abcabc'.rfind('c')
'abcabc'.rfind('c', 0, 5)
'🙂b'.find('b')
'abc'.find('', 3)
'abc'.find('', 4)
'abc'.find('b', -2)
'abc'.index('b')
'abc'.index('x')
'abc'.rindex('c')
'aaaa'.count('aa')
'aaaa'.count('a', 1, 3)
'abc'.count('')
'{} {}'.format('a', 1)
'{0} {1} {0}'.format('a', 'b')
'{a} {b}'.format(a=1, b='x')
'{m[role]} {l[0]} {m.role}'.format(m=messages[0], l=words)
'{!r} {!s}'.format('a', 'b')
'{:>5}|{:<5}|{:^5}|{:*^5}'.format('a', 'b', 'c', 'd')
'{:5}|{:05d}|{:+d}|{:,}|{:x}|{:#x}|{:b}|{:o}|{:X}'.format(1, 2, 3, 1234567, 255, 255, 5, 8, 255)
'{:.2f}|{:8.3f}|{:e}|{:g}|{:.0%}|{:,.2f}'.format(pi, pi, 12345.678, 0.00001, 0.25, 1234.5)
'{:.2}|{:5.1}|'.format('abc', 'xyz')
'{{}} {}'.format(1)
'{'.format()
'}'.format()
'{} {0}'.format(1)
'{}'.format()
'{a}'.format()
'{:d}'.format('a')
'{:s}'.format(1)
'{}'.format(none) ~ '{}'.format([1]) ~ '{}'.format(true)
'{:>10}'.format(none)
'{:05}'.format(-3)
'{:5}|{:<5}|'.format(true, 1.5)
'{.__class__}'.format('a')
'%s %r' % ('a', 'b')
'%s' % 'a'
'%s' % none
'%s' % [1, 2]
'%s' % (1,)
'%d%%' % 50
'%5d|%-5d|%05d|%+d|% d' % (1, 2, 3, 4, 5)
'%.2f|%8.3f|%e|%g|%G' % (pi, pi, 12345.678, 0.00001, 1e20)
'%g|%g|%g|%#g' % (100000, 1000000, 1.50, 1.5)
'%x|%X|%o|%#x' % (255, 255, 8, 255)
'%.3s|%5s|%-5s|' % ('abcdef', 'a', 'b')
'%*d|%.*f' % (5, 1, 2, pi)
'%d' % 3.99
'%d' % 'a'
'%f' % 1
'%.0f|%.0f|%.0f' % (0.5, 1.5, 2.5)
'%(a)s' % {'a': 1}
'%(a)s' % 1
'%s %s' % 'a'
'%s' % ('a', 'b')
'%q' % 1
'%' % 1
'abc' % 1
'abc' % {}
'123'.isdigit() ~ '12a'.isdigit() ~ ''.isdigit() ~ '²'.isdigit() ~ '½'.isdigit()
'²'.isdecimal() ~ '٣'.isdecimal()
'abc'.isalpha() ~ 'aé漢'.isalpha() ~ 'a1'.isalpha()
'a1'.isalnum() ~ 'a_'.isalnum() ~ '½'.isalnum()
' \n'.isspace() ~ ''.isspace()
'ABC1'.isupper() ~ '1'.isupper() ~ 'abc'.islower() ~ 'aBc'.islower()
'Hello World'.istitle() ~ 'Hello world'.istitle()
'abc'.isascii() ~ 'é'.isascii() ~ ''.isascii()
'ab\n'.isprintable()
'a-b-c'.partition('-') ~ 'a-b-c'.rpartition('-') ~ 'abc'.partition('-') ~ 'abc'.rpartition('-')
'prefix-x'.removeprefix('prefix-') ~ 'x.txt'.removesuffix('.txt') ~ 'abc'.removeprefix('x')
'a'.center(4) ~ '|' ~ 'ab'.center(5) ~ '|' ~ 'a'.ljust(3, '.') ~ 'a'.rjust(3) ~ '5'.zfill(3) ~ '-5'.zfill(4)
'a'.center(5, '')
'abc'.encode()
'abc'.foo()
'abc'.upper(x=1)
name.strip().lower().startswith('in')
'a'.join('') ~ '|'
'abc'.replace('b', x)
'abc'.startswith(x)
'a' 'b'.upper()
'%s' 'x' % 1
"""

TEMPLATES = [
    # Blocks and white space
    "a\n{% if yes %}\nb\n{% endif %}\nc\n",
    "a\n  {% if yes %}  \n  b\n  {% endif %}\nc\n\n",
    "a\n  {%- if yes -%}  \n  b\n  {%- endif -%}\n c",
    "a\n  {%+ if yes %}\nb{% endif +%}\nc",
    "  {{ name }}  \n  {{- name -}}  \n x",
    "{{+ 1 }} {{-1}} {{- 1 -}} x",
    "{# c #}\na\n  {# c #}  \n  {#- c -#}  b {#+ c +#}\n d",
    "a {# unclosed",
    "a {#",
    "{# {{ name }} {% if %} #}x",
    "{% raw %}{{ name }} {% if %}\n{% endraw %}\nx",
    "a\n  {%- raw -%}  \n {{ x }} {%- endraw -%}  \nb",
    "  {% raw %}  x\n  {% endraw %}  y",
    "{% raw %}unclosed",
    "a\r\nb\rc\n{% if yes %}\r\nd{% endif %}\r\n",
    "{{ 'a\r\nb' }}",
    "\n\na\n\n",
    "a\n\n",
    "\n",
    "",
    "x{% if yes %}\n\n y{% endif %}",
    "  x  {% if yes %}  y{% endif %}",
    "\t {% if yes %}y{% endif %}",
    "{% if yes %}  {% if yes %}\n  {% endif %}z{% endif %}",
    "{%if yes%}a{%else%}b{%endif%}",
    "{%\nif yes\n%}\na\n{%\nendif\n%}\nb",
    "{{\n  name\n}}",
    "{{ {'a': {'b': 1}}}}",
    "{{ '%}' }}{% if '}}' %}y{% endif %}",
    "} } }} %} #} { {x",
    "{",
    "{ {",
    "a{",
    "{{",
    "{{ name",
    "{% if yes",
    "{% if yes %}",
    "{% if yes %}a{% endfor %}",
    "{% endif %}",
    "{% foo %}",
    "{% %}",
    "{{ }}",
    "{% if %}a{% endif %}",
    "{% if yes: %}a{% endif %}",
    # if
    "{% if no %}a{% elif zero %}b{% elif yes %}c{% else %}d{% endif %}",
    "{% if no %}a{% else %}d{% endif %}",
    "{% if no %}a{% elif no %}b{% endif %}|",
    "{% if x %}a{% elif x is not defined %}u{% endif %}",
    "{% if yes, no %}tuple{% endif %}",
    "{% if no %}{{ 1 | foo }}{% endif %}ok",
    "{% if yes %}{{ 1 | foo }}{% endif %}",
    "{% if no %}{% for i in [1] %}{{ i | foo }}{% endfor %}{% endif %}",
    "{{ (1 | foo) if no else 2 }}",
    "{{ 1 | foo if no else 2 }}",
    "{{ 1 is foo if no else 2 }}",
    "{% if no and 1 is foo %}{% endif %}ok",
    # for
    "{% for i in numbers %}{{ i }},{% endfor %}",
    "{% for i in numbers %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }} {% endfor %}",
    "{% for i in numbers %}{{ loop.previtem }}<{{ i }}>{{ loop.nextitem }} {% endfor %}",
    "{% for i in numbers %}{{ loop.previtem is defined }}{{ loop.nextitem is defined }}{{ loop.depth }}{{ loop.depth0 }}{% endfor %}",
    "{% for i in numbers %}{{ loop.previtem.x }}{% endfor %}",
    "{% for i in numbers %}{{ loop.cycle('a', 'b', 'c') }}{% endfor %}",
    "{% for i in [1, 1, 2, 2, 1] %}{{ loop.changed(i) }}{% endfor %}",
    "{% for i in numbers %}{{ loop.foo }}{{ loop }}{% endfor %}",
    "{% for i in numbers %}{{ loop['index'] }}{% endfor %}",
    "{% for i in [] %}a{% else %}empty{% endfor %}",
    "{% for i in x %}a{% else %}undefined{% endfor %}",
    "{% for i in none %}a{% endfor %}",
    "{% for i in 5 %}a{% endfor %}",
    "{% for c in 'aé🙂' %}[{{ c }}]{% endfor %}",
    "{% for k in nested.map %}{{ k }}{% endfor %}",
    "{% for k, v in nested.map.items() %}{{ k }}={{ v }}{% endfor %}",
    "{% for k, v in nested | dictsort %}{{ k }};{% endfor %}",
    "{% for k, v in tool | items %}{{ loop.index }}/{{ loop.length }}{{ k }};{% endfor %}",
    "{% for a, b in [[1, 2], [3, 4]] %}{{ a }}{{ b }}{% endfor %}",
    "{% for a, (b, c) in [[1, [2, 3]]] %}{{ a }}{{ b }}{{ c }}{% endfor %}",
    "{% for (a, b) in [[1, 2]] %}{{ a }}{{ b }}{% endfor %}",
    "{% for a, b in [[1, 2, 3]] %}{{ a }}{% endfor %}",
    "{% for a, b in [1] %}{{ a }}{% endfor %}",
    "{% for i in numbers if i > 1 %}{{ i }}/{{ loop.length }},{% endfor %}",
    "{% for i in numbers if i > 100 %}{{ i }}{% else %}none{% endfor %}",
    "{% for i in numbers if i > 1 %}{{ loop.first }}{{ loop.last }}{% endfor %}",
    "{% for a, b in [[1, 2], [3, 4]] if a > 0 %}{{ loop.nextitem }}{% endfor %}",
    "{% set ns = namespace(n=0) %}{% for i in numbers if ns.n < 2 %}{% set ns.n = ns.n + 1 %}{{ i }}{% endfor %}",
    "{% for i in numbers if loop.index %}{{ i }}{% endfor %}",
    "{% for i in [1, 2] %}{% for j in [3, 4] %}{{ loop.index }}{{ i }}{{ j }} {% endfor %}{{ loop.index }};{% endfor %}",
    "{% for i in [1, 2] %}{% set outer = loop %}{% for j in [3, 4] %}{{ outer.index }}{{ loop.index }} {% endfor %}{% endfor %}",
    "{% for i in [1, 2] %}{% for j in [loop.index] %}{{ j }}{% endfor %}{% endfor %}",
    "{% for i in [1, 2, 3] %}{% if i == 2 %}{% continue %}{% endif %}{{ i }}{% endfor %}",
    "{% for i in [1, 2, 3] %}{% if i == 2 %}{% break %}{% endif %}{{ i }}{% endfor %}",
    "{% for i in [1] %}{% continue %}{% else %}else{% endfor %}",
    "{% for i in [1] %}{% break %}{% else %}else{% endfor %}",
    "{% for i in [1, 2] %}{% if i == 2 %}{% break %}{% endif %}{% else %}else{% endfor %}",
    "{% for i in [1, 2] %}{% for j in [] %}{% else %}{% break %}{% endfor %}{{ i }}{% endfor %}",
    "{% for i in [1, 2] %}a{% set s %}b{% break %}{% endset %}{{ s }}{% endfor %}",
    "{% for i in [1, 2] %}{% with a = i %}{% if a == 1 %}{% continue %}{% endif %}{{ a }}{% endwith %}{% endfor %}",
    "{% break %}",
    "{% continue %}",
    "{% for i in [1] %}{% macro m() %}{% break %}{% endmacro %}{% endfor %}",
    "{% for i in [1] %}{% generation %}{% break %}{% endgeneration %}{% endfor %}",
    "{% for loop in [1] %}{% endfor %}",
    "{% for i in [1] %}{% set loop = 1 %}{% endfor %}",
    "{% set loop = 1 %}{{ loop }}{% for i in [1] %}{{ loop.index }}{% endfor %}{{ loop }}",
    "{% for i in [1, 2] %}{{ i }}{% endfor %}{{ i }}|{{ loop }}",
    "{% for i in range(3) %}{{ i }}{% endfor %}",
    "{% for m in messages %}{{ m.role }}: {{ m.content if m.content is string else m.content | map(attribute='type') | join('+') }}\n{% endfor %}",
    "{% for m in messages[1:] | reverse %}{{ m.role }}{{ loop.index }} {% endfor %}",
    "{% for true in [1] %}{% endfor %}",
    "{% for 1 in [1] %}{% endfor %}",
    "{% for a.b in [1] %}{% endfor %}",
    "{% for i of [1] %}{% endfor %}",
    "{% for i in %}{% endfor %}",
    "{% for i in 1, 2, 3 %}{{ i }}{% endfor %}",
    "{% for i in [1] if i else 2 %}{{ i }}{% endfor %}",
    "{% for i in (numbers if yes else []) %}{{ i }}{% endfor %}",
    "{% for i in words | map('upper') %}{{ i }}{{ loop.length }}{% endfor %}",
    "{% set m = words | map('upper') %}{{ m | list }}{{ m | list }}",
    # set and scopes
    "{% set a = 1 %}{{ a }}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}",
    "{% set a, b = [1, 2] %}{{ a }}{{ b }}",
    "{% set (a, b) = 'xy' %}{{ a }}{{ b }}",
    "{% set a, b = 1 %}",
    "{% set a, b = 1, 2, 3 %}",
    "{% set a = 1, 2 %}{{ a }}",
    "{% set a = 1 %}{% set a = a + 1 %}{{ a }}",
    "{% set a %}x{{ name }}y{% endset %}[{{ a }}]",
    "{% set a | upper %}x{{ name }}{% endset %}{{ a }}",
    "{% set a | upper | replace('X', '-') %}x{{ name }}{% endset %}{{ a }}",
    "{% set a %}{% set b = 1 %}{{ b }}{% endset %}{{ a }}{{ b }}",
    "{% set a = 1 %}{% for i in [1, 2] %}{{ a }}{% set a = a + 10 %}{{ a }} {% endfor %}{{ a }}",
    "{% for i in [1, 2] %}{% if i == 1 %}{% set a = 'set' %}{% endif %}{{ a }}|{% endfor %}",
    "{% if yes %}{% set a = 1 %}{% endif %}{{ a }}",
    "{% if no %}{% set name = 1 %}{% endif %}{{ name }}",
    "{% set name = 'other' %}{{ name }}",
    "{{ name }}{% set name = 'other' %}{{ name }}",
    "{% set ns = namespace(a=1) %}{% for i in [1, 2] %}{% set ns.a = ns.a + i %}{% endfor %}{{ ns.a }}",
    "{% set ns = namespace() %}{% set ns.b = 'x' %}{{ ns.b }}{{ ns.c }}",
    "{% set ns = namespace(a=1) %}{% set ns.a, ns.b = 2, 3 %}{{ ns.a }}{{ ns.b }}",
    "{% set ns = namespace(a=1) %}{% set ns.a %}block{% endset %}{{ ns.a }}",
    "{% set ns = namespace(a=1) %}{% set ns._a = 2 %}",
    "{% set ns = namespace(a=1) %}{{ ns }}",
    "{% set nested.a = 1 %}",
    "{% set foo.a = 1 %}",
    "{% set ns = namespace(found=false) %}{% for m in messages %}{% if m.role == 'user' and not ns.found %}{% set ns.found = true %}{{ m.content }}{% endif %}{% endfor %}{{ ns.found }}",
    "{% set ns = namespace(l=[]) %}{% for i in [1, 2] %}{% set ns.l = ns.l + [i] %}{% endfor %}{{ ns.l }}",
    "{% set true = 1 %}",
    "{% set 1 = 1 %}",
    "{% set a[0] = 1 %}",
    "{% set a = %}",
    "{% set %}",
    "{% set a = numbers.append(1) %}",
    "{% set a = messages[0].update({'a': 1}) %}",
    "{% set _ = 1 %}{{ _ }}",
    # with, filter, generation
    "{% with a = 1, b = 2 %}{{ a }}{{ b }}{% endwith %}{{ a }}",
    "{% with a = 1 %}{% with a = a + 1 %}{{ a }}{% endwith %}{{ a }}{% endwith %}",
    "{% with %}{% set a = 1 %}{{ a }}{% endwith %}{{ a }}",
    "{% with a = name, b = a %}{{ a }}{{ b }}{% endwith %}",
    "{% filter upper %}a{{ name }}{% endfilter %}",
    "{% filter replace('a', 'b') | upper %}banana{% endfilter %}",
    "{% filter foo %}a{% endfilter %}",
    "{% generation %}a{{ name }}{% endgeneration %}b",
    "{% for m in messages %}{%- generation -%} {{ m.role }} {%- endgeneration -%}{% endfor %}",
    "{% generation %}{% set a = 1 %}{{ a }}{% endgeneration %}{{ a }}",
    "{% generation x %}a{% endgeneration %}",
    "{% generation %}a",
    # macros
    "{% macro m(a, b=2, c='x') %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ m(1) }}|{{ m(1, 3) }}|{{ m(1, c='y') }}|{{ m(b=5, a=6) }}|{{ m() }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(b=2) }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, a=2) }}",
    "{% macro m(a) %}{{ a.b }}{% endmacro %}{{ m() }}",
    "{% macro m(a, b=a) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}",
    "{% macro m(a=b, b=2) %}{{ a }}{{ b }}{% endmacro %}{{ m() }}|{{ m(b=3) }}",
    "{% macro m(a=1, b) %}{% endmacro %}",
    "{% macro m(a, a) %}{% endmacro %}",
    "{% macro m(a,) %}{% endmacro %}",
    "{% macro m %}{% endmacro %}",
    "{% macro m() %}{{ name }}{{ late }}{% endmacro %}{% set late = 1 %}{{ m() }}",
    "{% macro m() %}{% set name = 'inner' %}{{ name }}{% endmacro %}{{ m() }}{{ name }}",
    "{% macro m(n) %}{{ n }}{% if n > 0 %}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(3) }}",
    "{% macro m() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, a=3) }}{{ m() }}",
    "{% macro m(a) %}{{ a }}{{ varargs }}{% endmacro %}{{ m(1, 2, 3) }}",
    "{% macro m() %}{% set kwargs = 1 %}{{ kwargs }}{% endmacro %}{{ m(a=1) }}",
    "{% macro m() %} x {% endmacro %}[{{ m() | trim }}][{{ m() ~ 'y' }}][{{ m().strip() }}]",
    "{% macro m() -%}\n  x\n{%- endmacro %}[{{ m() }}]",
    "{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}body {{ name }}{% endcall %}",
    "{% macro m(a) %}<{{ caller(a, 2) }}>{% endmacro %}{% call(x, y) m(1) %}{{ x }}{{ y }}{% endcall %}",
    "{% macro m() %}{{ caller() }}{% endmacro %}{{ m() }}",
    "{% macro m() %}{% if caller is defined %}{{ caller() }}{% else %}no{% endif %}{% endmacro %}{{ m() }}",
    "{% macro m() %}x{% endmacro %}{% call m() %}body{% endcall %}",
    "{% macro m(caller) %}{{ caller() }}{% endmacro %}{% call m() %}body{% endcall %}",
    "{% macro m(caller=none) %}{{ caller() }}{% endmacro %}{% call m() %}body{% endcall %}",
    "{% call name %}x{% endcall %}",
    "{% call raise_exception('no') %}x{% endcall %}",
    "{% macro m() %}{{ loop }}{% endmacro %}{% for i in [1] %}[{{ m() }}]{% endfor %}",
    "{% for i in [1, 2] %}{% macro m() %}{{ i }}{{ loop.index }}{% endmacro %}{{ m() }}{% endfor %}",
    "{% macro m(l) %}{{ l.index }}{% endmacro %}{% for i in [1, 2] %}{{ m(loop) }}{% endfor %}",
    "{% macro m(*a) %}{% endmacro %}",
    "{% macro a() %}1{% endmacro %}{% macro b() %}{{ a() }}2{% endmacro %}{{ b() }}",
    "{% macro m(a, b) %}{{ a }}{{ b }}{% endmacro %}{{ m(*[1, 2]) }}{{ m(**{'a': 3, 'b': 4}) }}{{ m(1, *[2]) }}",
    "{% macro m() %}{% endmacro %}{{ m }}{{ m.name }}{{ m is callable }}",
    "{% macro m(x) %}{{ x | foo }}{% endmacro %}",
    "{% set m = 1 %}{% macro m() %}a{% endmacro %}{{ m() }}",
    "{% if yes %}{% macro m() %}a{% endmacro %}{% endif %}{{ m() }}",
    "{{ m() }}{% macro m() %}a{% endmacro %}",
    "{% macro render(s, level) %}{{ '  ' * level }}{{ s.type }}\n{% for k, v in s.get('properties', {}).items() %}{{ k }}:{{ render(v, level + 1) }}{% endfor %}{% endmacro %}{{ render(tool.parameters, 0) }}",
    # refusals and other tags
    "{{ raise_exception('Conversation roles must alternate') }}",
    "{% if yes %}{{ raise_exception(\"it's\\n\" + name) }}{% endif %}",
    "text before {{ raise_exception(x) }}",
    "{% for m in messages %}{% if m.role == 'tool' %}{{ raise_exception('bad') }}{% endif %}{% endfor %}ok",
    "{% set x = raise_exception('in set') %}",
    "{% do numbers %}",
    "{{ 1 }}\n{{ 2 }}\n{{ none.foo.bar }}",
    "{% print 1 %}",
    "{% block a %}x{% endblock %}",
    "{% include 'a' %}",
    "{% extends 'a' %}",
    "{% import 'a' as b %}",
    "{% from 'a' import b %}",
    "{% autoescape true %}{{ '<' }}{% endautoescape %}",
    "{% for i in [[1, [2]]] recursive %}{{ i }}{% endfor %}",
    # As chat templates do it
    "{%- for m in messages %}\n    {{- '<|im_start|>' + m.role + '\\n' }}\n    {%- if m.content is string %}\n        {{- m.content | trim }}\n    {%- else %}\n        {%- for p in m.content %}\n            {%- if p.type == 'text' %}\n                {{- p.text }}\n            {%- elif 'image' in p or p.type == 'image' %}\n                {{- '<image>' }}\n            {%- endif %}\n        {%- endfor %}\n    {%- endif %}\n    {{- '<|im_end|>\\n' }}\n{%- endfor %}\n{%- if add_generation_prompt %}\n    {{- '<|im_start|>assistant\\n' }}\n{%- endif %}\n",
    "{%- set ns = namespace(multi_step_tool=true, last=messages|length - 1) %}\n{%- for message in messages[::-1] %}\n    {%- set index = (messages|length - 1) - loop.index0 %}\n    {%- if ns.multi_step_tool and message.role == \"user\" and message.content is string and not(message.content.startswith('<tool_response>') and message.content.endswith('</tool_response>')) %}\n        {%- set ns.multi_step_tool = false %}\n        {%- set ns.last = index %}\n    {%- endif %}\n{%- endfor %}{{ ns.last }}",
    "{% set loop_messages = messages[1:] %}{% for message in loop_messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}{{ message['role'] }}{% endfor %}",
    "{%- if tools is defined and tools %}tools{%- endif %}{% if not date_string is defined %}{% set date_string = strftime_now('%d %b %Y') %}{% endif %}{{ date_string }}",
    "{%- for tool_call in messages[2].tool_calls %}{%- set f = tool_call.function %}{{ '{\"name\": \"' ~ f.name ~ '\", \"arguments\": ' }}{{ f.arguments if f.arguments is string else f.arguments | tojson }}{{ '}' }}{%- endfor %}",
    "{{ bos_token }}{{ (messages | selectattr('role', 'equalto', 'system') | list | first).content }}",
    "{% set content = '<think>\\nhm\\n</think>\\n\\n42' %}{% if '</think>' in content %}{% set reasoning = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}{% set content = content.split('</think>')[-1].lstrip('\\n') %}{% endif %}[{{ reasoning }}][{{ content }}]",
    "{% for k in tool.parameters.properties | list | sort %}{{ k }}{{ '' if loop.last else ', ' }}{% endfor %}",
    "{{- {'a': tool.parameters.properties.q.type, 'b': (tool.description | default('', true)) | replace('\"', '\\\\\"')} | tojson(indent=4) | indent(2) }}",
]

VARIED = [
    ("{{ v }}", [None, True, 1.0, 1e22, -0.0, 1e-7, 123456789.123, "a", [], {"a": [None, "x'y"]}, 2**63, 1.7976931348623157e308, 5e-324]),
    ("{{ v | tojson }}", [None, "</script>&'\"", {"ü": [1.5, {"x": None}]}, 1e22, 0.1, -5]),
    ("{{ v is defined }}{{ v is none }}{{ v is string }}{{ v is mapping }}{{ v is sequence }}{{ v is iterable }}{{ v is number }}{{ v | string }}{% if v %}T{% else %}F{% endif %}", [None, True, 0, 1.5, "", "a", [], [0], {}, {"a": 1}]),
    ("{{ v | title }}|{{ v | capitalize }}|{{ v.title() }}|{{ v | wordcount }}|{{ v | upper }}|{{ v | lower }}", ["hello wORLD", "o'neil mc-donald", "ÉCOLE élan", "ﬁn straße", "1st 2nd", "a\tb\nc", "日本 go"]),
    ("{{ v }}|{{ v | round(1) }}|{{ '%.3f' % v }}|{{ '%g' % v }}|{{ '{:.1e}'.format(v) }}|{{ v | int }}", [0.05, 0.15, 0.25, 1.005, 2.5, 1e5, 123456.789, 1e15, 1e-5, -1.25, 99999.95]),
]

# Jinja renders these; the interpreter refuses them, because no chat template is known to need them.
REFUSED = [
    r'{{ "\N{BULLET}" }}',
    "{{ self }}",
    "{{ words | random }}",
    "{{ name | urlencode }}",
    "{{ 'abc'.encode() }}",
    "{% print 1 %}",
    "{% block a %}x{% endblock %}",
    "{% autoescape true %}{{ '<' }}{% endautoescape %}",
    "{% for i in [[1, [2]]] recursive %}{{ i }}{% endfor %}",
]


def outcome(template, variables):
    if template in REFUSED:
        return {"refused": True}
    try:
        compiled = chat_template_utils._compile_jinja_template(template)
    except Exception:
        return {"fails": True}
    try:
        # A copy: the filter indent, for one, can change a list in place.
        text = compiled.render(**copy.deepcopy(variables))
        return {"fails": True} if " at 0x" in text else {"text": text}
    except jinja2.TemplateError as e:
        return {"raises": str(e)} if type(e) is jinja2.TemplateError else {"fails": True}
    except Exception:
        return {"fails": True}


def cases():
    for block in (EXPRESSIONS, FILTERS, TESTS, STRINGS):
        for line in block.replace("\\\nb'", "\\\\NEWLINEb'").split("\n"):
            if line:
                yield "{{ " + line.replace("\\\\NEWLINE", "\\\n") + " }}", {}
    for template in TEMPLATES:
        yield template, {}
    for template, values in VARIED:
        for value in values:
            yield template, {"v": value}


def main(path):
    results = []
    for template, own in cases():
        case = {"template": template}
        if own:
            case["variables"] = own
        results.append({**case, **outcome(template, {**VARIABLES, **own})})
    head = json.dumps({"now": NOW.isoformat(), "variables": VARIABLES}, ensure_ascii=False)[:-1]
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in results)
    with open(path, "w", encoding="utf-8") as file:
        file.write(head + ', "cases": [\n' + lines + "\n]}\n")
    print(len(results), "cases,", sum("fails" in c for c in results), "fail,", sum("raises" in c for c in results), "raise")


if __name__ == "__main__":
    main(sys.argv[1])
