package dev.thirteen.verifier.equality;

import dev.thirteen.verifier.notation.Expression;
import dev.thirteen.verifier.notation.Expression.Apply;
import dev.thirteen.verifier.notation.Expression.Bracketed;
import dev.thirteen.verifier.notation.Expression.Matrix;
import dev.thirteen.verifier.notation.Expression.Number;
import dev.thirteen.verifier.notation.Expression.Power;
import dev.thirteen.verifier.notation.Expression.Product;
import dev.thirteen.verifier.notation.Expression.Sum;
import dev.thirteen.verifier.notation.Expression.Symbol;
import dev.thirteen.verifier.notation.Rational;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Sums and products of matrices. */
final class Matrices {
    private static final int MAX_SIZE = 12;
    private static final int MAX_INVERSE = 4;
    /** Entries are not added up between the products, so that they grow with the size to this. */
    private static final int MAX_POWER = 3;

    private Matrices() {}

    /** The matrix that an expression is; empty when it is none. A tuple is none. */
    static Optional<Matrix> of(Expression expression) {
        return switch (expression) {
            case Matrix matrix -> Optional.of(matrix);
            case Sum(List<Expression> terms) ->
                terms.stream().map(Matrices::of).reduce(Matrices::sum).orElseThrow();
            case Product(List<Expression> factors) -> product(factors);
            case Power(Expression base, Expression exponent) -> of(base).flatMap(matrix -> power(matrix, exponent));
            case Bracketed listed when listed.open() == '[' && listed.close() == ']' -> rows(listed.items());
            default -> Optional.empty();
        };
    }

    /** [[1, 2], [3, 4]], as programs write it. */
    private static Optional<Matrix> rows(List<Expression> items) {
        List<List<Expression>> rows = new ArrayList<>();
        for (Expression item : items) {
            if (!(item instanceof Bracketed row) || row.open() != '[' || row.close() != ']') return Optional.empty();
            int width = rows.isEmpty() ? row.items().size() : rows.getFirst().size();
            if (width == 0 || row.items().size() != width) return Optional.empty();
            rows.add(row.items());
        }
        return rows.isEmpty() ? Optional.empty() : Optional.of(new Matrix(rows));
    }

    /** A column or row of a tuple's items. */
    static boolean isVector(Matrix matrix, Bracketed tuple) {
        int rows = matrix.rows().size();
        int columns = matrix.rows().getFirst().size();
        return (rows == 1 || columns == 1)
                && Math.max(rows, columns) == tuple.items().size();
    }

    static List<Expression> entries(Matrix matrix) {
        return matrix.rows().stream().flatMap(List::stream).toList();
    }

    /** Small whole powers, the inverse, and what is written as a power T: the transpose. */
    private static Optional<Matrix> power(Matrix matrix, Expression exponent) {
        if (exponent instanceof Symbol(String name) && (name.equals("T") || name.equals("top")))
            return Optional.of(transposed(matrix));
        boolean square = matrix.rows().size() == matrix.rows().getFirst().size();
        if (!square || !(exponent instanceof Number(Rational value, int _)) || !value.isInteger())
            return Optional.empty();
        if (value.equals(Rational.of(-1))) return inverse(matrix);
        if (value.signum() <= 0 || value.compareTo(Rational.of(MAX_POWER)) > 0) return Optional.empty();
        Optional<Matrix> power = Optional.of(matrix);
        for (int i = 1; i < value.numerator().intValue(); i++) power = power.flatMap(left -> product(left, matrix));
        return power;
    }

    private static Matrix transposed(Matrix matrix) {
        List<List<Expression>> rows = new ArrayList<>();
        for (int j = 0; j < matrix.rows().getFirst().size(); j++) {
            int column = j;
            rows.add(matrix.rows().stream().map(row -> row.get(column)).toList());
        }
        return new Matrix(rows);
    }

    /** The adjugate over the determinant. */
    private static Optional<Matrix> inverse(Matrix matrix) {
        int size = matrix.rows().size();
        if (size < 2 || size > MAX_INVERSE) return Optional.empty();
        Expression over = new Power(new Apply("det", List.of(matrix)), Number.of(-1));
        List<List<Expression>> rows = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            List<Expression> row = new ArrayList<>();
            for (int j = 0; j < size; j++) {
                Expression cofactor = new Apply("det", List.of(without(matrix, j, i)));
                row.add(new Product(List.of(Number.of((i + j) % 2 == 0 ? 1 : -1), cofactor, over)));
            }
            rows.add(row);
        }
        return Optional.of(new Matrix(rows));
    }

    private static Matrix without(Matrix matrix, int row, int column) {
        List<List<Expression>> rows = new ArrayList<>();
        for (int i = 0; i < matrix.rows().size(); i++) {
            List<Expression> rest = new ArrayList<>(matrix.rows().get(i));
            rest.remove(column);
            if (i != row) rows.add(rest);
        }
        return new Matrix(rows);
    }

    private static Optional<Matrix> sum(Optional<Matrix> a, Optional<Matrix> b) {
        if (a.isEmpty() || b.isEmpty()) return Optional.empty();
        List<List<Expression>> left = a.get().rows();
        List<List<Expression>> right = b.get().rows();
        if (left.size() != right.size()
                || left.getFirst().size() != right.getFirst().size()) return Optional.empty();
        List<List<Expression>> rows = new ArrayList<>();
        for (int i = 0; i < left.size(); i++) {
            List<Expression> row = new ArrayList<>();
            for (int j = 0; j < left.get(i).size(); j++) {
                row.add(new Sum(List.of(left.get(i).get(j), right.get(i).get(j))));
            }
            rows.add(row);
        }
        return Optional.of(new Matrix(rows));
    }

    private static Optional<Matrix> product(List<Expression> factors) {
        List<Expression> scalars = new ArrayList<>();
        Matrix matrix = null;
        for (Expression factor : factors) {
            Optional<Matrix> next = of(factor);
            if (next.isEmpty()) {
                scalars.add(factor);
            } else if (matrix == null) {
                matrix = next.get();
            } else {
                Optional<Matrix> product = product(matrix, next.get());
                if (product.isEmpty()) return Optional.empty();
                matrix = product.get();
            }
        }
        if (matrix == null) return Optional.empty();
        if (scalars.isEmpty()) return Optional.of(matrix);
        List<List<Expression>> rows = new ArrayList<>();
        for (List<Expression> row : matrix.rows()) {
            rows.add(row.stream().map(entry -> scaled(scalars, entry)).toList());
        }
        return Optional.of(new Matrix(rows));
    }

    private static Expression scaled(List<Expression> scalars, Expression entry) {
        List<Expression> factors = new ArrayList<>(scalars);
        factors.add(entry);
        return new Product(factors);
    }

    private static Optional<Matrix> product(Matrix left, Matrix right) {
        int inner = right.rows().size();
        if (left.rows().getFirst().size() != inner
                || inner > MAX_SIZE
                || left.rows().size() > MAX_SIZE) return Optional.empty();
        List<List<Expression>> rows = new ArrayList<>();
        for (List<Expression> leftRow : left.rows()) {
            List<Expression> row = new ArrayList<>();
            for (int j = 0; j < right.rows().getFirst().size(); j++) {
                List<Expression> terms = new ArrayList<>();
                for (int k = 0; k < inner; k++) {
                    terms.add(new Product(
                            List.of(leftRow.get(k), right.rows().get(k).get(j))));
                }
                row.add(new Sum(terms));
            }
            rows.add(row);
        }
        return Optional.of(new Matrix(rows));
    }
}
