/* The sigmoid focal loss in C, judged by focalspec over its protocol:
 *
 *   cc -O2 -o focal examples/c/focal.c -lm
 *   focalspec run --command ./focal
 *
 * First the losses, in double and float alike computed in double; then the protocol, with as much
 * of JSON as it needs.
 */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the loss ---- */

static double softplus(double x) { return fmax(x, 0) + log1p(exp(-fabs(x))); }

static double sigmoid(double x) { return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)); }

/* One side of the loss, weight * (1 - p)^gamma * -log(p) with p = sigmoid(x), and its slope. */
static void side(double x, double weight, double gamma, double *loss, double *slope)
{
    if (weight == 0) {
        *loss = *slope = 0;
        return;
    }
    double entropy = softplus(-x);
    double modulator = gamma == 0 ? 1 : exp(-gamma * softplus(x));
    double bend = gamma == 0 ? 0 : gamma * sigmoid(x) * entropy;
    *loss = weight * modulator * entropy;
    *slope = -weight * modulator * (bend + sigmoid(-x));
}

static void sigmoid_focal(double x, double y, double w1, double w0, double gamma, double *loss,
                          double *gradient)
{
    double negative, slope;
    side(x, y * w1, gamma, loss, gradient);
    side(-x, (1 - y) * w0, gamma, &negative, &slope);
    *loss += negative;
    *gradient -= slope;
}

/* ---- JSON ---- */

typedef struct value {
    char kind; /* n(ull), t(rue), f(alse), 0 (number), " (string), [ or { */
    double number;
    char *text;
    char *key;
    struct value *first, *next;
} value;

static void *must(void *memory)
{
    if (!memory) {
        fputs("focal: out of memory\n", stderr);
        exit(1);
    }
    return memory;
}

static void spaces(char **at)
{
    while (isspace((unsigned char)**at))
        ++*at;
}

/* A string; its escapes are kept as they are, for the names of the protocol have none. */
static char *string(char **at)
{
    char *begin = ++*at;
    while (**at && **at != '"')
        *at += **at == '\\' && (*at)[1] ? 2 : 1;
    size_t length = (size_t)(*at - begin);
    char *text = must(malloc(length + 1));
    memcpy(text, begin, length);
    text[length] = 0;
    if (**at)
        ++*at;
    return text;
}

static value *parse(char **at)
{
    spaces(at);
    value *made = must(calloc(1, sizeof *made));
    made->kind = **at;
    if (**at == '"') {
        made->text = string(at);
    } else if (**at == '[' || **at == '{') {
        char end = **at == '[' ? ']' : '}';
        value **last = &made->first;
        for (++*at, spaces(at); **at && **at != end; spaces(at)) {
            char *key = NULL;
            if (end == '}') {
                key = string(at);
                spaces(at);
                ++*at; /* the colon */
            }
            *last = parse(at);
            (*last)->key = key;
            last = &(*last)->next;
            spaces(at);
            if (**at == ',')
                ++*at;
            spaces(at);
        }
        if (**at)
            ++*at;
    } else if (isalpha((unsigned char)**at)) {
        while (isalpha((unsigned char)**at))
            ++*at;
    } else {
        made->kind = 0;
        made->number = strtod(*at, at);
    }
    return made;
}

static void forget(value *made)
{
    while (made) {
        value *next = made->next;
        forget(made->first);
        free(made->text);
        free(made->key);
        free(made);
        made = next;
    }
}

static value *field(value *object, const char *key)
{
    for (value *one = object ? object->first : NULL; one; one = one->next)
        if (one->key && !strcmp(one->key, key))
            return one;
    return NULL;
}

static const char *text(value *object, const char *key)
{
    value *found = field(object, key);
    return found && found->text ? found->text : "";
}

static double number(value *one) { return one->text ? strtod(one->text, NULL) : one->number; }

/* ---- the protocol ---- */

typedef struct {
    size_t size;
    double *data;
    value *shape;
} tensor;

static tensor read_tensor(value *from)
{
    tensor made = {0, NULL, field(from, "shape")};
    value *data = field(from, "data");
    for (value *one = data ? data->first : NULL; one; one = one->next)
        ++made.size;
    made.data = must(malloc((made.size + 1) * sizeof *made.data));
    size_t at = 0;
    for (value *one = data ? data->first : NULL; one; one = one->next)
        made.data[at++] = number(one);
    return made;
}

static int same_shape(value *one, value *other)
{
    one = one ? one->first : NULL;
    other = other ? other->first : NULL;
    for (; one && other; one = one->next, other = other->next)
        if (one->number != other->number)
            return 0;
    return !one && !other;
}

static void write_tensor(const char *name, const char *dtype, value *shape, const double *data,
                         size_t size)
{
    printf("\"%s\":{\"dtype\":\"%s\",\"shape\":[", name, dtype);
    for (value *one = shape ? shape->first : NULL; one; one = one->next)
        printf("%.0f%s", one->number, one->next ? "," : "");
    printf("],\"data\":[");
    int narrow = !strcmp(dtype, "float32");
    for (size_t at = 0; at < size; ++at)
        printf("%s\"%a\"", at ? "," : "", narrow ? (double)(float)data[at] : data[at]);
    printf("]}");
}

static void refuse(const char *id, const char *message)
{
    printf("{\"type\":\"error\",\"id\":\"%s\",\"kind\":\"domain\",\"message\":\"%s\"}\n", id, message);
}

static const char *OFFERED[] = {"alpha", "gamma", "normalizer", "reduction"};

static int offers(const char *name)
{
    for (size_t at = 0; at < sizeof OFFERED / sizeof *OFFERED; ++at)
        if (!strcmp(OFFERED[at], name))
            return 1;
    return 0;
}

static double scalar(value *from, double otherwise)
{
    value *data = field(from, "data");
    return data && data->first ? number(data->first) : otherwise;
}

static void answer(value *request, const char *id, tensor logits, tensor labels)
{
    value *parameters = field(request, "parameters");
    value *alpha = field(field(parameters, "alpha"), "data");
    double positive = alpha ? number(alpha->first) : 1;
    double negative = alpha ? 1 - positive : 1;
    double gamma = scalar(field(parameters, "gamma"), 2);
    double divisor = scalar(field(parameters, "normalizer"), 1);
    const char *reduction = text(parameters, "reduction");
    if (!same_shape(logits.shape, labels.shape)) {
        refuse(id, "labels: expected the shape of the logits");
        return;
    }
    value *normalizer = field(field(parameters, "normalizer"), "data");
    if (normalizer && (!normalizer->first || normalizer->first->next)) {
        refuse(id, "normalizer: expected one number");
        return;
    }
    double *losses = must(malloc((logits.size + 1) * sizeof *losses));
    double *gradient = must(malloc((logits.size + 1) * sizeof *gradient));
    double total = 0;
    int whole = !strcmp(reduction, "none");
    double share = !strcmp(reduction, "mean") && logits.size ? (double)logits.size : 1;
    for (size_t at = 0; at < logits.size; ++at) {
        sigmoid_focal(logits.data[at], labels.data[at], positive, negative, gamma, losses + at,
                      gradient + at);
        losses[at] /= divisor;
        gradient[at] /= divisor * share;
        total += losses[at];
    }
    total /= share;
    const char *dtype = text(request, "dtype");
    printf("{\"type\":\"result\",\"id\":\"%s\",\"outputs\":{", id);
    write_tensor("loss", dtype, whole ? logits.shape : NULL, whole ? losses : &total,
                 whole ? logits.size : 1);
    putchar(',');
    write_tensor("gradient", dtype, logits.shape, gradient, logits.size);
    puts("}}");
    free(losses);
    free(gradient);
}

static void run(value *request)
{
    const char *id = text(request, "id");
    value *needs = field(request, "needs");
    for (value *one = needs ? needs->first : NULL; one; one = one->next)
        if (!offers(one->text)) {
            printf("{\"type\":\"unsupported\",\"id\":\"%s\",\"reason\":\"no parameter %s\"}\n", id,
                   one->text);
            return;
        }
    value *inputs = field(request, "inputs");
    tensor logits = read_tensor(field(inputs, "logits"));
    tensor labels = read_tensor(field(inputs, "labels"));
    answer(request, id, logits, labels);
    free(logits.data);
    free(labels.data);
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, stdin) > 0) {
        char *at = line;
        value *request = parse(&at);
        const char *type = text(request, "type");
        int stop = !strcmp(type, "stop");
        if (!strcmp(type, "start"))
            puts("{\"type\":\"started\",\"protocol\":1,\"name\":\"focal\",\"version\":\"1.0\","
                 "\"language\":\"C\",\"formulas\":{\"sigmoid_focal_loss\":[\"alpha\",\"gamma\","
                 "\"normalizer\",\"reduction\"]},\"dtypes\":[\"float32\",\"float64\"]}");
        else if (!strcmp(type, "run"))
            run(request);
        else if (!strcmp(type, "block")) /* a sweep's, whose inputs lie in files */
            printf("{\"type\":\"unsupported\",\"id\":\"%s\",\"reason\":\"no blocks\"}\n",
                   text(request, "id"));
        fflush(stdout);
        forget(request);
        if (stop)
            break;
    }
    free(line);
    return 0;
}
