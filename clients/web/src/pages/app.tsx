import { takeFragment } from '../ui/fragment.ts';

takeFragment();
