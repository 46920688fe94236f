/* Reads one case of a golden values file from its documentation alone (golden/README.md) and checks
 * that the sigmoid focal loss, computed here in double precision, is the golden value.
 *
 *     read_values FILE CASE_ID
 *
 * Exit status: 0 the loss agrees, 1 it does not, 2 the file is not as documented. C99, libm alone. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_NUMBERS = 4096, LONGEST_LINE = 8192 + 2 };

struct array {
    int count;
    double values[MOST_NUMBERS];
};

struct expected {
    char decimal[64];
    double float64;
};

static FILE *file;
static char line[LONGEST_LINE];
static int held; /* the line was looked at and put back */

static void fail(const char *problem, const char *found)
{
    fprintf(stderr, "read_values: %s: %s\n", problem, found);
    exit(2);
}

/* The next line without its end; 0 at the end of the file. */
static int next_line(void)
{
    if (held) {
        held = 0;
        return 1;
    }
    if (!fgets(line, sizeof line, file))
        return 0;
    line[strcspn(line, "\n")] = '\0';
    return 1;
}

static int indentation(void)
{
    return (int)strspn(line, " ");
}

/* What stands after "key: " on the line, or NULL where the line is of another key. */
static const char *after(const char *key)
{
    const char *text = line + indentation();
    size_t length = strlen(key);
    if (strncmp(text, key, length) != 0 || text[length] != ':')
        return NULL;
    text += length + 1;
    return *text == ' ' ? text + 1 : text;
}

/* Go to the line of a key at an indentation within the present block. */
static const char *find(const char *key, int indent)
{
    while (next_line()) {
        if (indentation() < indent || line[indentation()] == '-') {
            held = 1;
            break;
        }
        if (indentation() == indent && after(key))
            return after(key);
    }
    fail("expected the field", key);
    return NULL;
}

static double number(const char *text)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text)
        fail("expected a number", text);
    return value;
}

/* Read the literal block of an array whose "values: |-" stands at an indentation. */
static void read_array(struct array *array, int indent)
{
    array->count = 0;
    if (strcmp(find("values", indent), "|-") != 0)
        fail("expected a literal block", line);
    while (next_line()) {
        if (indentation() <= indent) {
            held = 1;
            return;
        }
        for (char *word = strtok(line, " "); word; word = strtok(NULL, " ")) {
            if (array->count == MOST_NUMBERS)
                fail("expected fewer numbers", word);
            array->values[array->count++] = number(word);
        }
    }
}

/* A number parameter such as alpha: "0x1p-2"; `absent` where it is null. */
static double read_parameter(const char *key, double absent)
{
    const char *text = find(key, 4);
    return strcmp(text, "null") == 0 ? absent : number(text + 1);
}

/* The first line of a table: the decimal and, in the second column, the float64. */
static struct expected read_table(void)
{
    struct expected row;
    const char *columns = find("columns", 6);
    char float64[64];
    if (strncmp(columns, "\"decimal float64 ", 17) != 0)
        fail("expected the columns decimal and float64 first", columns);
    if (strcmp(find("values", 6), "|-") != 0 || !next_line())
        fail("expected a literal block", line);
    if (sscanf(line, " %63s %63s", row.decimal, float64) != 2)
        fail("expected a row of the table", line);
    row.float64 = number(float64);
    return row;
}

static double log1pexp(double x)
{
    return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

static double sigmoid_focal_loss(double x, double y, double alpha, double gamma)
{
    double positive = alpha * exp(-gamma * log1pexp(x)) * log1pexp(-x);
    double negative = (1 - alpha) * exp(-gamma * log1pexp(-x)) * log1pexp(x);
    return y * positive + (1 - y) * negative;
}

int main(int count, char **arguments)
{
    static struct array logits, labels, normalizer;
    char wanted[512];
    double alpha, gamma, loss = 0, error;
    struct expected golden;

    if (count != 3)
        fail("expected two arguments", "FILE CASE_ID");
    file = fopen(arguments[1], "r");
    if (!file)
        fail("cannot be read", arguments[1]);
    if (!next_line() || strcmp(line, "format: \"1\"") != 0)
        fail("expected format \"1\"", line);
    snprintf(wanted, sizeof wanted, "- id: \"%s\"", arguments[2]);
    do {
        if (!next_line())
            fail("no such case", arguments[2]);
    } while (strcmp(line, wanted) != 0);

    find("inputs", 2);
    find("logits", 4);
    read_array(&logits, 6);
    find("labels", 4);
    read_array(&labels, 6);
    find("parameters", 2);
    alpha = read_parameter("alpha", 1);
    gamma = read_parameter("gamma", 0);
    find("normalizer", 4);
    read_array(&normalizer, 6);
    if (strcmp(find("reduction", 4), "\"sum\"") != 0)
        fail("expected the reduction sum", line);
    find("expected", 2);
    find("loss", 4);
    golden = read_table();

    for (int i = 0; i < logits.count; i++)
        loss += sigmoid_focal_loss(logits.values[i], labels.values[i], alpha, gamma);
    loss /= normalizer.values[0];
    error = fabs(loss - golden.float64) / golden.float64;
    printf("%s\n  golden   %.17g (%s)\n  computed %.17g\n", arguments[2], golden.float64,
           golden.decimal, loss);
    if (fabs(number(golden.decimal) - golden.float64) > 1e-15 * golden.float64)
        fail("the decimal and the float64 differ", golden.decimal);
    return error <= 1e-14 ? 0 : 1;
}
