package dev.thirteen.engine.jinja;

/** Python's None. Java's null never stands for a value here. */
enum None {
    NONE
}
