"""Each rule about texts is seen failing here, on a text that breaks it, and passing on one that does not."""

import unittest

from documents import (anchors, average_words, banned, banned_in_name, comments, comments_without_a_verb, lines_over, links,
                       listed_files, listed_layers, paragraphs, paths, problems_of_list, sentences, sentences_over)


class Sentences(unittest.TestCase):
    def test_prose_is_what_a_reader_reads_as_sentences(self):
        text = "# A heading\n\nOne line\nand the next.\n\n| a | table |\n|---|---|\n\n```\ncode block\n```\n<!-- a mark -->\n- an item\n  that goes on\n- another\n"
        self.assertEqual(["One line and the next.", "an item that goes on", "another"], paragraphs(text))

    def test_a_number_within_a_line_starts_no_item(self):
        self.assertEqual(["It is C++20. It runs."], paragraphs("It is C++20. It runs."))

    def test_a_sentence_ends_at_a_full_stop_and_not_within_a_number(self):
        text = "It takes 1.5 ms, e.g. here. Then `a.b. C` runs; it ends: there! Is it so?"
        self.assertEqual(3, len(sentences(text)))

    def test_an_average_over_the_limit_is_found(self):
        self.assertEqual(3.0, average_words("Two words. Four words are here."))
        self.assertGreater(average_words(" ".join(["word"] * 30) + "."), 22)

    def test_a_single_long_sentence_is_found_in_a_short_average(self):
        self.assertEqual(1, len(sentences_over("Short. " * 50 + " ".join(["Long"] * 50) + ".", 40)))
        self.assertEqual([], sentences_over("Short. " * 50, 40))


class Lines(unittest.TestCase):
    def test_a_line_over_the_limit_is_found_with_its_number(self):
        self.assertEqual([(2, 161)], lines_over("short\n" + "x" * 161, 160))

    def test_tables_and_code_blocks_and_targets_of_links_may_be_wider(self):
        wide = "x" * 161
        self.assertEqual([], lines_over(f"| {wide} |\n```\n{wide}\n```\n[text]({wide})\n- item\n  ```\n  {wide}\n  ```\n", 160))


class LinksAndPaths(unittest.TestCase):
    def test_links_are_found_and_code_is_not_taken_for_one(self):
        self.assertEqual([(1, "a.md"), (2, "b.svg"), (3, "c.md#d")],
                         links("see [it](a.md)\n![picture](b.svg)\n[`code`](c.md#d) and `[no](link)`"))

    def test_a_heading_has_the_anchor_that_hosted_pages_give_it(self):
        self.assertEqual({"when-things-fail", "server-the-listener", "a", "a-1"},
                         anchors("# When things fail\n### [server]: the listener\n## A\n## A\n"))

    def test_a_path_into_the_project_is_found_in_code_and_in_prose(self):
        text = "Read `lib/cache/src/read_path.cpp`, docs/scaling.md and `tests/` (not /docs/x or `/v1/lib/x`).\n```\ntests/tidy/*.py\n```"
        self.assertEqual([(1, "lib/cache/src/read_path.cpp"), (1, "docs/scaling.md"), (1, "tests/"), (3, "tests/tidy/*.py")],
                         paths(text, ("lib", "docs", "tests")))


class FilesToOpen(unittest.TestCase):
    def test_the_files_of_one_heading_are_found(self):
        text = "### A\n1. `a.cpp` does `this`\n2. `b.cpp`: that\n\n- `c.hpp`\n- no file\n\n### B\n1. `d.cpp`\n"
        self.assertEqual([(2, "a.cpp"), (3, "b.cpp"), (5, "c.hpp")], listed_files(text, "A"))

    def test_a_file_that_does_not_exist_or_stands_twice_is_found(self):
        listed = [(1, "a.cpp"), (2, "gone.hpp"), (3, "a.cpp")]
        self.assertEqual([(2, "there is no gone.hpp"), (3, "a.cpp is listed twice")],
                         problems_of_list(listed, lambda path: path == "a.cpp", 1))

    def test_a_list_that_is_too_long_or_empty_is_found(self):
        listed = [(1, "a.cpp"), (2, "b.cpp"), (3, "c.hpp")]
        self.assertEqual([], problems_of_list(listed, lambda path: True, 2))
        self.assertEqual([(1, "2 compilation units; 1 to 1")], problems_of_list(listed, lambda path: True, 1))
        self.assertEqual(1, len(problems_of_list([], lambda path: True, 1)))


    def test_the_layers_of_a_table_are_found(self):
        text = "| folder | may include | knows |\n|---|---|---|\n| `app/` | all | it |\n| `lib/a/b` | `c`, `d` | `e` |\n| `lib/c` | none | f |\n"
        self.assertEqual([("a/b", ["c", "d"]), ("c", [])], listed_layers(text))


class BannedWords(unittest.TestCase):
    def test_a_banned_word_of_a_document_is_found(self):
        self.assertEqual([(1, "Nobody"), (2, "past Weir")], banned("Nobody asks.\nA write past Weir."))

    def test_a_word_that_only_contains_one_is_right(self):
        self.assertEqual([], banned("open, pending, happens, dishonestly, an accompanying desktop, past weirs of stone"))

    def test_an_identifier_is_looked_into(self):
        self.assertEqual([(1, "desk"), (2, "heard"), (3, "pen"), (4, "seated_by")],
                         banned("take_desk();\nheard_ = 1;\nclass pen {};\nuntil.seated_by"))

    def test_a_phrase_is_found_across_the_lines_of_a_comment(self):
        self.assertEqual(1, len(banned("// what is not to\n    // be had in time")))

    def test_a_file_is_looked_at_by_its_name_too(self):
        self.assertEqual(["pen"], banned_in_name("lib/http/src/pen.hpp"))
        self.assertEqual([], banned_in_name("lib/http/src/open.hpp"))


class Comments(unittest.TestCase):
    def test_the_comment_of_a_function_begins_with_a_verb(self):
        for wrong in ("Whether it is so.", "The entry, or null.", "Nothing of it.", "From any thread.", "`of` outlives it.", "Is sent once.",
                      "Return it.", "the same."):
            for function in ("bool is_so() const;\n", "std::vector<std::string>& all(int a,\n    int b) {\n", "void a::b(int c) {\n",
                             "template <class T>\nT made();\n", "virtual awaitable<result<void>> run() = 0;\n", "int* f();\n",
                             "std::array<int, 2> f();\n", "[[nodiscard]] bool f();\n", "bool operator==(const x& other) const;\n"):
                self.assertEqual([(1, wrong)], comments_without_a_verb(f"// {wrong}\n{function}"), (wrong, function))
        self.assertEqual([], comments_without_a_verb("// Returns it. Whether it is so.\nbool is_so() const;\n"))

    def test_a_constructor_and_a_conversion_are_functions_too(self):
        text = "class thing {\n    // Both outlive it.\n    explicit thing(int a);\n    // Implicit.\n    operator bool() const;\n};\n"
        self.assertEqual([2, 4], [line for line, _ in comments_without_a_verb(text)])
        self.assertEqual([(1, "None.")], comments_without_a_verb("// None.\nthing::thing(int a) : a_(a) {}\n"))

    def test_a_type_a_variable_and_a_statement_may_be_described_by_a_noun(self):
        for other in ("class thing {\n", "struct thing {\n", "constexpr int most = 4;\n", "std::size_t offset = 0;\n", "using a = b;\n",
                      "call(now);\n", "log::error(\"x\");\n", "if (a) return;\n", "return f(x);\n", "co_await f(x);\n", "\nvoid f();\n",
                      "const auto x = f(y);\n", "enum class a { b };\n", "that->call(x);\n"):
            self.assertEqual([], comments_without_a_verb(f"// The rest of it.\n{other}"), other)

    def test_the_prose_of_a_comment_leaves_out_diagrams_and_code(self):
        text = "// One line\n// and the next.\n//\n//     a    diagram\nint a;\n    // Indented\n    // too.\n    int b;  // not this\n"
        self.assertEqual([(1, "One line\nand the next.\n"), (6, "Indented\ntoo.")], comments(text))

    def test_a_long_sentence_of_a_comment_is_found(self):
        words = " ".join(["Long"] * 36)
        self.assertEqual([words + "."], [s for _, text in comments(f"// {words}.\nint a;\n") for s in sentences_over(text, 35)])


if __name__ == "__main__":
    unittest.main()
