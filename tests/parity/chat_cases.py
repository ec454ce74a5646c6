"""Conversations, tools and template variables that chat templates treat in unlike ways."""
USER, ANSWER = {"role": "user", "content": "Where is naïve 北京?"}, {"role": "assistant", "content": "In China.\n\nYes."}
SYSTEM = {"role": "system", "content": "Be brief."}
WEATHER = {"type": "function", "function": {
    "name": "weather", "description": "Weather of a \"place\" <now>.",
    "parameters": {"type": "object", "required": ["place"], "properties": {
        "place": {"type": "string", "description": "A place, e.g. 北京."},
        "days": {"type": "integer", "description": "Days ahead", "default": 1},
        "unit": {"type": "string", "enum": ["C", "F"], "description": "Unit"},
        "layers": {"type": "array", "items": {"type": "string"}, "description": "Layers"},
        "where": {"type": "object", "description": "Point", "properties": {"lat": {"type": "number"}, "lon": {"type": "number"}},
                  "required": ["lat"]},
        "either": {"type": ["string", "null"], "description": "Either"}}},
    "return": {"type": "string", "description": "The weather."}}}
PLAIN_TOOL = {"type": "function", "function": {"name": "now", "description": "The time.", "parameters": {"type": "object", "properties": {}}}}


def call(name="weather", arguments=None, **more):
    return {"type": "function", "function": {"name": name, "arguments": {"place": "Bern", "days": 2} if arguments is None else arguments}, **more}


def tool_chain(arguments, content="", **more):
    return [USER, {"role": "assistant", "content": content, "tool_calls": [call(arguments=arguments, id="a12345678")], **more},
            {"role": "tool", "name": "weather", "tool_call_id": "a12345678", "content": "{\"sky\": \"clear\"}"},
            {"role": "assistant", "content": "It is clear."}]


TWO_CALLS = [USER, {"role": "assistant", "content": "Both.", "tool_calls": [call(id="a12345678"), call("now", {}, id="b12345678")]},
             {"role": "tool", "name": "weather", "tool_call_id": "a12345678", "content": "12"},
             {"role": "tool", "name": "now", "tool_call_id": "b12345678", "content": "noon"},
             {"role": "assistant", "content": "12 at noon."}, {"role": "user", "content": "Thanks"}, {"role": "assistant", "content": "Bye."}]
MIXED = {"list": [1, 2.5, True, None, "x\"\\\n\té"], "deep": {"a": {"b": []}, "c": {}}, "float": 1e-7, "big": 1e22}
THOUGHT = {"role": "assistant", "content": "<think>\nHm, 北京.\n</think>\n\nIn China."}
REASONED = {"role": "assistant", "content": "In China.", "reasoning_content": "Hm,\n北京."}
CONVERSATIONS = {
    "one turn": [USER, ANSWER],
    "question alone": [USER],
    "system": [SYSTEM, USER, ANSWER],
    "empty system": [{"role": "system", "content": ""}, USER, ANSWER],
    "developer": [{"role": "developer", "content": "Be brief."}, USER, ANSWER],
    "three turns": [USER, ANSWER, {"role": "user", "content": "Why?"}, {"role": "assistant", "content": "Because."}, USER, ANSWER],
    "three turns and system": [SYSTEM, USER, ANSWER, {"role": "user", "content": "Why?"}, {"role": "assistant", "content": "Because."}],
    "empty answer": [USER, {"role": "assistant", "content": ""}],
    "empty answer inside": [USER, {"role": "assistant", "content": ""}, USER, ANSWER],
    "two answers in a row": [USER, ANSWER, {"role": "assistant", "content": "Also this."}],
    "two questions in a row": [USER, {"role": "user", "content": "And?"}, ANSWER],
    "ends with a question": [USER, ANSWER, USER],
    "begins with an answer": [ANSWER, USER, ANSWER],
    "blanks around": [{"role": "user", "content": "  two  \n"}, {"role": "assistant", "content": "  x \n"}],
    "markup": [{"role": "user", "content": "{{ x }} {% raw %} '\\n' \"q\" <b>&amp;"}, {"role": "assistant", "content": "}} <b>\\n</b>"}],
    "arguments as object": tool_chain({"place": "Bern", "days": 2}),
    "arguments as string": tool_chain('{"place": "Bern", "days": 2}'),
    "arguments of every type": tool_chain(MIXED),
    "no content beside calls": tool_chain({"place": "Bern"}, content=None),
    "text beside calls": tool_chain({"place": "Bern"}, content="Let me see."),
    "thought beside calls": tool_chain({"place": "Bern"}, content="Let me see.", reasoning_content="I need a tool."),
    "two calls and results": TWO_CALLS,
    "tool result as object": [USER, TWO_CALLS[1], {"role": "tool", "name": "weather", "content": {"sky": "clear"}}, ANSWER],
    "unknown role": [USER, {"role": "critic", "content": "No."}, ANSWER],
    "thinking in the text": [USER, THOUGHT],
    "thinking in every text": [USER, THOUGHT, USER, THOUGHT, USER, THOUGHT],
    "thinking first only": [USER, THOUGHT, USER, ANSWER],
    "reasoning": [USER, REASONED],
    "reasoning in every turn": [USER, REASONED, USER, REASONED],
    "reasoning under another name": [USER, {"role": "assistant", "content": "Yes.", "thinking": "Hm."}],
    "reasoning and null": [USER, {"role": "assistant", "content": "Yes.", "reasoning_content": None, "tool_calls": None}],
    "text parts": [{"role": "user", "content": [{"type": "text", "text": "Where "}, {"type": "text", "text": "is it?"}]}, ANSWER],
    "parts everywhere": [{"role": "system", "content": [{"type": "text", "text": "Be brief."}]},
                         {"role": "user", "content": [{"type": "text", "text": "Where?"}]},
                         {"role": "assistant", "content": [{"type": "text", "text": "There."}]}],
}
SETTINGS = {
    "plain": {},
    "prompt": {"add_generation_prompt": True},
    "tools": {"tools": [WEATHER, PLAIN_TOOL]},
    "tools and prompt": {"tools": [WEATHER], "add_generation_prompt": True},
    "no thinking": {"enable_thinking": False, "add_generation_prompt": True},
    "thinking": {"enable_thinking": True, "add_generation_prompt": True},
}
SPECIAL = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}

# Templates of families that trl doesn't ship, written from what their models expect.
OTHER_TEMPLATES = {
    "mistral": """{{- bos_token }}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content'] %}
    {%- set loop_messages = messages[1:] %}
{%- else %}
    {%- set loop_messages = messages %}
{%- endif %}
{%- if not tools is defined %}{%- set tools = none %}{%- endif %}
{%- set user_messages = loop_messages | selectattr("role", "equalto", "user") | list %}
{%- set ns = namespace() %}
{%- set ns.index = 0 %}
{%- for message in loop_messages %}
    {%- if not (message.role == "tool" or (message.tool_calls is defined and message.tool_calls is not none)) %}
        {%- if (message["role"] == "user") != (ns.index % 2 == 0) %}
            {{- raise_exception("Roles must alternate user/assistant/user/assistant/...") }}
        {%- endif %}
        {%- set ns.index = ns.index + 1 %}
    {%- endif %}
{%- endfor %}
{%- for message in loop_messages %}
    {%- if message["role"] == "user" %}
        {%- if tools is not none and (message == user_messages[-1]) %}
            {{- "[AVAILABLE_TOOLS] [" }}
            {%- for tool in tools %}
                {%- set tool = tool.function %}
                {{- '{"type": "function", "function": {' }}
                {%- for key, val in tool.items() if key != "return" %}
                    {%- if val is string %}{{- '"' + key + '": "' + val + '"' }}{%- else %}{{- '"' + key + '": ' + val|tojson }}{%- endif %}
                    {%- if not loop.last %}{{- ", " }}{%- endif %}
                {%- endfor %}
                {{- "}}" }}{{- ", " if not loop.last else "]" }}
            {%- endfor %}
            {{- "[/AVAILABLE_TOOLS]" }}
        {%- endif %}
        {%- if loop.last and system_message is defined %}
            {{- "[INST] " + system_message + "\n\n" + message["content"] + "[/INST]" }}
        {%- else %}
            {{- "[INST] " + message["content"] + "[/INST]" }}
        {%- endif %}
    {%- elif message.tool_calls is defined and message.tool_calls is not none %}
        {{- "[TOOL_CALLS] [" }}
        {%- for tool_call in message.tool_calls %}
            {%- set out = tool_call.function|tojson %}
            {{- out[:-1] }}
            {%- if not tool_call.id is defined or tool_call.id|length != 9 %}
                {{- raise_exception("Tool call IDs should be alphanumeric strings with length 9!") }}
            {%- endif %}
            {{- ', "id": "' + tool_call.id + '"}' }}{{- ", " if not loop.last else "]" + eos_token }}
        {%- endfor %}
    {%- elif message["role"] == "assistant" %}
        {{- " " + message["content"]|trim + eos_token}}
    {%- elif message["role"] == "tool" %}
        {{- '[TOOL_RESULTS] {"content": ' + message.content|string + "}[/TOOL_RESULTS]" }}
    {%- else %}
        {{- raise_exception("Only user and assistant roles are supported!") }}
    {%- endif %}
{%- endfor %}""",
    "llama 2": """{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}{% for message in loop_messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}{% if loop.index0 == 0 and system_message != false %}{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}{% else %}{% set content = message['content'] %}{% endif %}{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ ' '  + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}""",
    "zephyr": """{% for message in messages %}
{% if message['role'] == 'user' %}
{{ '<|user|>
' + message['content'] + eos_token }}
{% elif message['role'] == 'system' %}
{{ '<|system|>
' + message['content'] + eos_token }}
{% elif message['role'] == 'assistant' %}
{{ '<|assistant|>
'  + message['content'] + eos_token }}
{% endif %}
{% if loop.last and add_generation_prompt %}
{{ '<|assistant|>' }}
{% endif %}
{% endfor %}""",
    "dated": """{%- if messages[0].role != 'system' %}<|im_start|>system
Today is {{ strftime_now("%d %B %Y") }}.<|im_end|>
{% endif %}
{%- for m in messages %}
<|im_start|>{{ m.role | capitalize }}
{{ m.content if m.content is string else m.content | map(attribute='text') | join('\\n') }}
{%- if not loop.last or m.role != 'assistant' %}<|im_end|>{% else %}<|im_end|>{% endif +%}
{% endfor %}
{%- if add_generation_prompt %}<|im_start|>Assistant
{% endif %}""",
}
