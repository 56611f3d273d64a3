package dev.thirteen.verifier.equality;

import dev.thirteen.verifier.notation.Expression;
import dev.thirteen.verifier.notation.Expression.Apply;
import dev.thirteen.verifier.notation.Expression.Bracketed;
import dev.thirteen.verifier.notation.Expression.Listing;
import dev.thirteen.verifier.notation.Expression.Matrix;
import dev.thirteen.verifier.notation.Expression.Number;
import dev.thirteen.verifier.notation.Expression.Relation;
import dev.thirteen.verifier.notation.Expression.SetOperation;
import dev.thirteen.verifier.notation.Expression.Words;
import dev.thirteen.verifier.value.Algebra;
import dev.thirteen.verifier.value.Canonical;
import dev.thirteen.verifier.value.Truth;
import dev.thirteen.verifier.value.Values;
import dev.thirteen.verifier.value.Variables;
import dev.thirteen.verifier.value.Work;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Whether an answer means the same as a label. What is not decided is not the same. */
public final class Equality {
    private final Rules rules;
    private final Values values;
    private final RealSets sets;
    private final Relations relations;
    private final Quantities quantities;
    private final Work work;

    public Equality(Rules rules, Algebra algebra, Work work) {
        this.rules = rules;
        this.work = work;
        this.values = new Values(work, algebra);
        this.sets = new RealSets(values);
        this.relations = new Relations(values);
        this.quantities = new Quantities(rules, values);
    }

    /**
     * Whether an answer means the same as a label.
     *
     * @throws Work.Exhausted when there is not enough work to tell
     */
    public boolean same(Expression label, Expression answer) {
        work.spend(1);
        if (label instanceof Number gold && answer instanceof Number given) return quantities.same(gold, given);
        if (label.equals(answer)) return true;
        if (label instanceof Words || answer instanceof Words) return wordsSame(label, answer);
        Optional<Boolean> asSets = asSets(label, answer);
        if (asSets.isPresent()) return asSets.get();
        if (isList(label) || isList(answer)) return listsSame(label, Renaming.parameter(label, answer));
        if (label instanceof Relation || answer instanceof Relation) return relationsSame(label, answer);
        return singleSame(label, answer);
    }

    private static boolean isList(Expression expression) {
        return expression instanceof Listing
                || expression instanceof Bracketed bracketed && bracketed.isSet()
                || PlusMinus.both(expression).size() > 1;
    }

    private boolean wordsSame(Expression label, Expression answer) {
        if (label instanceof Words(String gold) && answer instanceof Words(String given)) {
            return Texts.same(gold, given);
        }
        Expression other = label instanceof Words ? answer : label;
        Words words = label instanceof Words gold ? gold : (Words) answer;
        if (other instanceof Relation) {
            return Labels.named(other)
                    .filter(named -> named.value() instanceof Words(String value) && Texts.same(value, words.text()))
                    .isPresent();
        }
        if (other instanceof Bracketed bracketed
                && bracketed.isSet()
                && bracketed.items().isEmpty()) {
            return Texts.isNothing(words.text());
        }
        return Texts.same(words.text(), Canonical.of(other))
                || Texts.isAllReals(words.text())
                        && RealSets.isSet(other)
                        && sets.same(new Expression.Symbol("set R"), other).orElse(false);
    }

    /** Intervals, unions and inequalities, when both can be read as sets and one says that it is one. */
    private Optional<Boolean> asSets(Expression label, Expression answer) {
        if (RealSets.isInequality(answer) && label instanceof SetOperation(char _, Expression _, Relation condition))
            return Optional.of(same(condition, answer));
        boolean inequalities = RealSets.isStatement(label) && RealSets.isStatement(answer);
        boolean operation = isOperation(stripped(label)) || isOperation(stripped(answer));
        boolean mixed = RealSets.isInequality(label) && RealSets.isSet(stripped(answer))
                || rules.relationsForSets() && RealSets.isSet(stripped(label)) && RealSets.isInequality(answer);
        if (!inequalities && !operation && !mixed) return Optional.empty();
        if (operation && RealSets.isInequality(answer) && !rules.relationsForSets()) return Optional.of(false);
        Optional<Boolean> same = sets.same(label, answer);
        if (same.isPresent()) return same;
        if (label instanceof Relation gold && answer instanceof Relation given)
            return Optional.of(relations.same(gold, given));
        return operation ? Optional.of(operationsSame(stripped(label), stripped(answer))) : Optional.empty();
    }

    private static boolean isOperation(Expression expression) {
        return expression instanceof SetOperation
                || expression instanceof Expression.Symbol(String name) && name.equals("set R");
    }

    private boolean operationsSame(Expression label, Expression answer) {
        return label instanceof SetOperation(char operator, Expression left, Expression right)
                && answer instanceof SetOperation(char other, Expression otherLeft, Expression otherRight)
                && operator == other
                && (same(left, otherLeft) && same(right, otherRight)
                        || operator != '\u2216' && same(left, otherRight) && same(right, otherLeft));
    }

    private static Expression stripped(Expression expression) {
        return Labels.named(expression).map(Labels.Named::value).orElse(expression);
    }

    private boolean listsSame(Expression label, Expression answer) {
        boolean both = Lists.hasDomain(label) && Lists.hasDomain(answer);
        List<Expression> gold = Lists.items(answer instanceof Listing ? Lists.spread(label) : label, both);
        List<Expression> given = Lists.items(label instanceof Listing ? Lists.spread(answer) : answer, both);
        if (gold.isEmpty() || given.isEmpty()) return gold.isEmpty() && given.isEmpty();
        Optional<Map<String, Expression>> goldNamed = Lists.byName(gold);
        Optional<Map<String, Expression>> givenNamed = Lists.byName(given);
        if (gold.size() > 1 && goldNamed.isPresent() && givenNamed.isPresent()) {
            return namedSame(goldNamed.get(), givenNamed.get());
        }
        List<Expression> goldValues = Lists.unnamed(gold);
        List<Expression> givenValues = Lists.unnamed(given);
        boolean ordered = rules.orderedLists() && label instanceof Listing && answer instanceof Listing;
        if (ordered) return Lists.sameOrder(goldValues, givenValues, this::same);
        if (label instanceof Bracketed tuple && !tuple.isSet() && answer instanceof Listing)
            return tupleSame(tuple, givenValues);
        if (answer instanceof Bracketed tuple && !tuple.isSet() && label instanceof Listing) {
            boolean rounded = tuple.open() == '(' && tuple.close() == ')';
            if (rounded && Lists.sameOrder(goldValues, tuple.items(), this::same)) return true;
        }
        boolean sets = label instanceof Bracketed && answer instanceof Bracketed;
        return Lists.sameSet(goldValues, givenValues, sets ? this::memberSame : this::same);
    }

    /** {1} in a set is not 1 in another. */
    private boolean memberSame(Expression gold, Expression given) {
        boolean set = gold instanceof Bracketed one && one.isSet();
        boolean other = given instanceof Bracketed second && second.isSet();
        return set == other && same(gold, given);
    }

    private boolean namedSame(Map<String, Expression> label, Map<String, Expression> answer) {
        if (label.size() != answer.size()) return false;
        for (Map.Entry<String, Expression> named : label.entrySet()) {
            Expression given = answer.get(named.getKey());
            if (given == null || !same(named.getValue(), given)) return false;
        }
        return true;
    }

    private boolean tupleSame(Bracketed tuple, List<Expression> listed) {
        return tuple.open() == '(' && tuple.close() == ')' && Lists.sameOrder(tuple.items(), listed, this::same);
    }

    private boolean relationsSame(Expression label, Expression answer) {
        if (label instanceof Relation gold && answer instanceof Relation given) {
            Optional<Labels.Named> goldNamed = Labels.named(label);
            Optional<Labels.Named> givenNamed = Labels.named(answer);
            if (goldNamed.isPresent() && givenNamed.isPresent() && namesAgree(goldNamed.get(), givenNamed.get())) {
                Optional<Expression> value = Renaming.as(goldNamed.get(), givenNamed.get());
                if (value.isPresent() && same(goldNamed.get().value(), value.get())) return true;
            }
            return relations.same(gold, given);
        }
        Optional<Labels.Named> named = Labels.named(label instanceof Relation ? label : answer);
        if (named.isEmpty()) return answer instanceof Relation given && endsWith(label, given);
        return label instanceof Relation
                ? same(named.get().value(), answer)
                : same(label, named.get().value());
    }

    /** a + b = 3 says 3, where that is asked for; a row of equal terms says its last. */
    private boolean endsWith(Expression label, Relation answer) {
        if (!answer.operators().stream().allMatch("="::equals)) return false;
        Expression first = answer.sides().getFirst();
        Expression last = answer.sides().getLast();
        boolean asked = Labels.isSum(first) && !Variables.in(label) && !Variables.in(last);
        boolean equal = !asked && values.same(first, last) == Truth.YES;
        return (asked || equal) && same(label, last);
    }

    /** The same name, or the same function of a variable: f(x) and f(t), but P(A) is not P(B). */
    private static boolean namesAgree(Labels.Named a, Labels.Named b) {
        if (Canonical.of(a.name()).equals(Canonical.of(b.name()))) return true;
        return a.name() instanceof Apply(String one, List<Expression> gold)
                && b.name() instanceof Apply(String other, List<Expression> given)
                && one.equals(other)
                && gold.stream().allMatch(Equality::isVariable)
                && given.stream().allMatch(Equality::isVariable);
    }

    private static boolean isVariable(Expression argument) {
        return argument instanceof Expression.Symbol(String name) && Character.isLowerCase(name.charAt(0));
    }

    /** The coordinates of a point with its name, P(3, 4); anything else as it is. */
    private static Expression unnamed(Expression expression) {
        boolean point = expression instanceof Expression.Product(List<Expression> factors)
                && factors.size() == 2
                && factors.getFirst() instanceof Expression.Symbol(String name)
                && name.length() == 1
                && Character.isUpperCase(name.charAt(0))
                && factors.getLast() instanceof Bracketed coordinates
                && coordinates.open() == '(';
        return point ? ((Expression.Product) expression).factors().getLast() : expression;
    }

    private boolean singleSame(Expression label, Expression answer) {
        if (label instanceof Bracketed != answer instanceof Bracketed) {
            Expression gold = UnitVectors.tuple(unnamed(label), answer);
            Expression given = UnitVectors.tuple(unnamed(answer), label);
            if (gold instanceof Bracketed && given instanceof Bracketed) return same(gold, given);
        }
        if (label instanceof Bracketed gold && answer instanceof Bracketed given) return bracketsSame(gold, given);
        Optional<Matrix> goldMatrix = Matrices.of(label);
        Optional<Matrix> givenMatrix =
                goldMatrix.isPresent() || answer instanceof Matrix ? Matrices.of(answer) : Optional.empty();
        if (goldMatrix.isPresent() && givenMatrix.isPresent()) return matricesSame(goldMatrix.get(), givenMatrix.get());
        if (goldMatrix.isPresent() && answer instanceof Bracketed tuple) {
            return Matrices.isVector(goldMatrix.get(), tuple)
                    && Lists.sameOrder(Matrices.entries(goldMatrix.get()), tuple.items(), this::same);
        }
        if (label instanceof Bracketed tuple && answer instanceof Matrix matrix) {
            return Matrices.isVector(matrix, tuple)
                    && Lists.sameOrder(tuple.items(), Matrices.entries(matrix), this::same);
        }
        if (label instanceof Bracketed || answer instanceof Bracketed || goldMatrix.isPresent()) return false;
        return quantities.same(label, answer);
    }

    private boolean bracketsSame(Bracketed gold, Bracketed given) {
        boolean brackets = gold.open() == given.open() && gold.close() == given.close()
                || gold.items().size() > 2 && given.items().size() > 2;
        return brackets && Lists.sameOrder(gold.items(), given.items(), this::same);
    }

    private boolean matricesSame(Matrix gold, Matrix given) {
        if (gold.rows().size() != given.rows().size()) return false;
        return Lists.sameOrder(Matrices.entries(gold), Matrices.entries(given), this::same);
    }
}
