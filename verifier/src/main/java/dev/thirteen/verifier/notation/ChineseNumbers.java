package dev.thirteen.verifier.notation;

import java.math.BigInteger;
import java.util.Optional;

/** Numbers in Chinese characters, which Japanese has too: 二百零五, 四分之三, 百分之五十. */
final class ChineseNumbers {
    private static final String DIGITS = "零一二三四五六七八九";
    private static final String TENS = "十百千";
    private static final String OF = "分之";
    private static final int LONGEST = 40;

    private ChineseNumbers() {}

    /** The number that a text says and nothing else. */
    static Optional<Rational> value(String text) {
        if (text.length() > LONGEST || text.isBlank() || text.strip().charAt(0) < 0x3000) return Optional.empty();
        String plain = text.strip().replace('〇', '零').replace('两', '二');
        int of = plain.indexOf(OF);
        if (of < 0) return whole(plain).map(Rational::of);
        Optional<Long> bottom = plain.startsWith("百分之") ? Optional.of(100L) : whole(plain.substring(0, of));
        Optional<Long> top = whole(plain.substring(of + OF.length()));
        if (bottom.isEmpty() || top.isEmpty() || bottom.get() == 0) return Optional.empty();
        return Optional.of(new Rational(BigInteger.valueOf(top.get()), BigInteger.valueOf(bottom.get())));
    }

    private static Optional<Long> whole(String plain) {
        long total = 0;
        long group = 0;
        long digit = -1;
        for (char c : plain.toCharArray()) {
            int unit = TENS.indexOf(c);
            if (DIGITS.indexOf(c) >= 0) {
                if (digit > 0) return Optional.empty();
                digit = DIGITS.indexOf(c);
            } else if (unit >= 0) {
                group += (digit < 0 ? 1 : digit) * (long) Math.pow(10, unit + 1);
                digit = -1;
            } else if (c == '万' || c == '亿') {
                total = (total + group + Math.max(0, digit)) * (c == '万' ? 10_000 : 100_000_000);
                group = 0;
                digit = -1;
            } else {
                return Optional.empty();
            }
        }
        return plain.isEmpty() || total > Long.MAX_VALUE / 2
                ? Optional.empty()
                : Optional.of(total + group + Math.max(0, digit));
    }
}
