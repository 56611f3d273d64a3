package dev.thirteen.engine.jinja;

import java.time.ZonedDateTime;
import java.time.format.TextStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.IsoFields;
import java.util.Locale;

/** Python's strftime of a time without zone, in the C locale. */
final class Strftime {
    private Strftime() {}

    static String of(ZonedDateTime time, String format) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%') {
                text.append(c);
                continue;
            }
            boolean unpadded = format.startsWith("%-", i);
            i += unpadded ? 2 : 1;
            if (i >= format.length()) throw new Problem("strftime_now: the format ends with a bare %");
            String part = part(time, format.charAt(i));
            text.append(unpadded ? part.replaceFirst("^[0 ]+(?=.)", "") : part);
        }
        return text.toString();
    }

    private static String part(ZonedDateTime time, char code) {
        return switch (code) {
            case 'A' -> time.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'a' -> time.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
            case 'B' -> time.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'b', 'h' -> time.getMonth().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
            case 'c' -> of(time, "%a %b %e %H:%M:%S %Y");
            case 'D', 'x' -> of(time, "%m/%d/%y");
            case 'F' -> of(time, "%Y-%m-%d");
            case 'R' -> of(time, "%H:%M");
            case 'T', 'X' -> of(time, "%H:%M:%S");
            case 'r' -> of(time, "%I:%M:%S %p");
            case 'p' -> time.getHour() < 12 ? "AM" : "PM";
            case 'P' -> time.getHour() < 12 ? "am" : "pm";
            case 'Z', 'z' -> "";
            case 'n' -> "\n";
            case 't' -> "\t";
            case '%' -> "%";
            default -> number(time, code);
        };
    }

    private static String number(ZonedDateTime time, char code) {
        int weekday = time.getDayOfWeek().getValue();
        return switch (code) {
            case 'd' -> "%02d".formatted(time.getDayOfMonth());
            case 'e' -> "%2d".formatted(time.getDayOfMonth());
            case 'H' -> "%02d".formatted(time.getHour());
            case 'k' -> "%2d".formatted(time.getHour());
            case 'I' -> "%02d".formatted(time.get(ChronoField.CLOCK_HOUR_OF_AMPM));
            case 'l' -> "%2d".formatted(time.get(ChronoField.CLOCK_HOUR_OF_AMPM));
            case 'M' -> "%02d".formatted(time.getMinute());
            case 'S' -> "%02d".formatted(time.getSecond());
            case 'f' -> "%06d".formatted(time.getNano() / 1000);
            case 'j' -> "%03d".formatted(time.getDayOfYear());
            case 'm' -> "%02d".formatted(time.getMonthValue());
            case 'Y' -> String.valueOf(time.getYear());
            case 'y' -> "%02d".formatted(time.getYear() % 100);
            case 'C' -> "%02d".formatted(time.getYear() / 100);
            case 'u' -> String.valueOf(weekday);
            case 'w' -> String.valueOf(weekday % 7);
            case 'U' -> "%02d".formatted((time.getDayOfYear() + 6 - weekday % 7) / 7);
            case 'W' -> "%02d".formatted((time.getDayOfYear() + 6 - (weekday - 1)) / 7);
            case 'V' -> "%02d".formatted(time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
            case 'G' -> String.valueOf(time.get(IsoFields.WEEK_BASED_YEAR));
            default -> throw new Problem("strftime_now: %" + code + " is not supported");
        };
    }
}
