"""What is filled into a template is escaped, unless it is HTML of ours."""

from course_utils.markup import render


def test_values_are_escaped_in_text_and_attributes(tmp_path):
    template = tmp_path / "page.html.j2"
    template.write_text('<p title="{{ title }}">{{ text }}</p>', encoding="utf-8")
    page = render(template, title="a \"b\" 'c'", text="<script>1 & 2</script>")
    assert page == '<p title="a &#34;b&#34; &#39;c&#39;">&lt;script&gt;1 &amp; 2&lt;/script&gt;</p>'


def test_what_it_returns_can_be_filled_in_as_it_is(tmp_path):
    (tmp_path / "inner.j2").write_text("<b>{{ word }}</b>", encoding="utf-8")
    (tmp_path / "outer.j2").write_text("<p>{{ inner }}</p>", encoding="utf-8")
    inner = render(tmp_path / "inner.j2", word="<i>")
    assert render(tmp_path / "outer.j2", inner=inner) == "<p><b>&lt;i&gt;</b></p>"


def test_lines_of_a_template_that_only_steer_leave_nothing(tmp_path):
    template = tmp_path / "list.j2"
    template.write_text("<ul>\n  {% for one in some %}\n<li>{{ one }}</li>\n  {% endfor %}\n</ul>", encoding="utf-8")
    assert render(template, some="a<") == "<ul>\n<li>a</li>\n<li>&lt;</li>\n</ul>"
