package dev.thirteen.engine.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/**
 * What filters take as {@code attribute}: keys with dots between them.
 *
 * @param otherwise what stands for an undefined value; None for nothing
 * @param ignoreCase whether texts are made lower case
 */
record AttributePath(Rendering rendering, List<Object> keys, Object otherwise, boolean ignoreCase) {
    static AttributePath of(Rendering rendering, Object attribute, boolean ignoreCase) {
        return of(rendering, attribute, None.NONE, ignoreCase);
    }

    static AttributePath of(Rendering rendering, Object attribute, Object otherwise, boolean ignoreCase) {
        return new AttributePath(rendering, keys(attribute), otherwise, ignoreCase);
    }

    private static List<Object> keys(Object attribute) {
        if (attribute == None.NONE) return List.of();
        if (!(attribute instanceof String text)) return List.of(attribute);
        List<Object> keys = new ArrayList<>();
        for (String key : text.split("\\.", -1)) keys.add(key.matches("\\d+") ? new BigInteger(key) : key);
        return keys;
    }

    Object of(Object item) {
        Object value = item;
        for (Object key : keys) {
            value = rendering.access().item(value, key);
            if (value instanceof Undefined && otherwise != None.NONE) value = otherwise;
        }
        return ignoreCase && value instanceof String text ? Cases.lower(text) : value;
    }
}
