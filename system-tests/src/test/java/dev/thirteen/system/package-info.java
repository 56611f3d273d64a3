/** Black-box tests of the whole system: real broker, real services, clients that know only the wire contract. */
@NullMarked
package dev.thirteen.system;

import org.jspecify.annotations.NullMarked;
