/** The parts that every screen of the holder's app is made of. */
export { Announcer, announce, hush, toast } from './kit/announce.tsx';
export { Busy, Button, Card, Empty, Masked, Notice, type NoticeKind, Progress, Screen, Steps } from './kit/basics.tsx';
export { Dialog } from './kit/dialog.tsx';
export { Digits, DigitsField, emptyBlocks, isFull } from './kit/digits.tsx';
export { Explain, More } from './kit/explain.tsx';
export { Choice, DateField, dateOf, TextField, Tick } from './kit/field.tsx';
export { Icon, type IconName } from './kit/icon.tsx';
export { Label } from './kit/label.tsx';
export { Badge, List, Row, type Tone } from './kit/list.tsx';
export { Qr } from './kit/qr.tsx';
export { SignOf } from './kit/sign.tsx';
export { Foreign, Heading } from './parts.tsx';
