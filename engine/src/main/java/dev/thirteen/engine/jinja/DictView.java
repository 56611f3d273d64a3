package dev.thirteen.engine.jinja;

import java.util.List;

/** What keys(), values() and items() of a dict give. */
record DictView(Part part, Dict dict) {
    enum Part {
        KEYS("dict_keys"),
        VALUES("dict_values"),
        ITEMS("dict_items");

        private final String typeName;

        Part(String typeName) {
            this.typeName = typeName;
        }
    }

    String typeName() {
        return part.typeName;
    }

    List<Object> list() {
        return switch (part) {
            case KEYS -> dict.keys();
            case VALUES -> dict.values();
            case ITEMS -> dict.items();
        };
    }
}
