package dev.thirteen.engine.jinja;

/**
 * One token of a template.
 *
 * @param text what is written, for data, names and operators
 * @param value what a literal means
 */
record Token(int line, Type type, String text, Object value) {
    enum Type {
        DATA("template data / text"),
        BLOCK_BEGIN("begin of statement block"),
        BLOCK_END("end of statement block"),
        VARIABLE_BEGIN("begin of print statement"),
        VARIABLE_END("end of print statement"),
        NAME("name"),
        STRING("string"),
        INTEGER("integer"),
        FLOAT("float"),
        OPERATOR("operator"),
        END("end of template");

        private final String description;

        Type(String description) {
            this.description = description;
        }
    }

    Token(int line, Type type, String text) {
        this(line, type, text, text);
    }

    boolean isName(String name) {
        return type == Type.NAME && text.equals(name);
    }

    boolean isOperator(String operator) {
        return type == Type.OPERATOR && text.equals(operator);
    }

    /** The token as error messages call it. */
    String description() {
        return type == Type.NAME || type == Type.OPERATOR ? text : type.description;
    }
}
